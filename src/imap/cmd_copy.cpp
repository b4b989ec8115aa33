// COPY and MOVE with their UID forms (RFC 9051 sections 6.4.7, 6.4.8; COPYUID of RFC 4315, MOVE of RFC 6851).
#include <fmt/format.h>

#include "imap/commands.h"
#include "imap/message_set.h"
#include "imap/tell.h"
#include "store/bulk.h"

namespace yubin::imap {

namespace {

using Kind = store::Transfer;

struct Arguments {
  SequenceSet set;
  std::string target;
};

Result<Arguments> copy_arguments(Cursor& cursor) {
  Arguments arguments;
  TRY_VOID(space(cursor));
  TRY(arguments.set, sequence_set(cursor));
  TRY_VOID(space(cursor));
  TRY(arguments.target, mailbox(cursor));
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

// COPYUID SP uidvalidity SP source UIDs SP target UIDs; none when nothing was copied (RFC 4315 section 3).
std::string copyuid(store::Copied const& copied) {
  if (copied.uids.empty()) return {};
  std::vector<store::Uid> sources;
  std::vector<store::Uid> targets;
  for (auto const& [source, target] : copied.uids) {
    sources.push_back(source);
    targets.push_back(target);
  }
  std::string out = fmt::format("COPYUID {} ", copied.uid_validity.value());
  put_uid_set(out, sources);
  out += ' ';
  put_uid_set(out, targets);
  return out;
}

Task<Reply> transferred_reply(Context& context, store::Copied copied, Kind kind) {
  if (kind == Kind::copy) co_return ok(copyuid(copied), "COPY completed.");
  // RFC 6851 section 4.3: COPYUID comes before the EXPUNGE responses, so it is untagged.
  if (!copied.uids.empty()) put_untagged(context.out, "OK", copyuid(copied), "Moved.");
  co_await tell_changes(context, Expunges::told);
  // RFC 6851 section 4.4.
  if (context.enabled.qresync && !copied.uids.empty() && context.view)
    co_return ok(fmt::format("HIGHESTMODSEQ {}", context.view->told_modseq().value()), "MOVE completed.");
  co_return ok("MOVE completed.");
}

Task<Reply> copy_or_move(Context& context, Cursor cursor, Numbers numbers, Kind kind) {
  Result<Arguments> arguments = copy_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  if (kind == Kind::move && context.view->access() == Access::read_only)
    co_return no("READ-ONLY", "The mailbox is open for reading only.");
  auto messages = named_messages(context, arguments->set, numbers);
  if (!messages) co_return messages.error();
  Result<store::MailboxName> target = store::MailboxName::parse(arguments->target);
  if (!target) co_return failure(target.error());
  auto ticket = store::bulk_transfer(context.services.store, kind, context.account(), context.view->mailbox(),
                                     context.view->uid_ranges(*messages), *target);
  auto done = co_await committed(context, std::move(ticket));
  if (!done) co_return failure_of_adding(done.error());
  if (!*done) co_return no("TRYCREATE", "There is no such mailbox.");
  co_return co_await transferred_reply(context, **std::move(done), kind);
}

}  // namespace

Task<Reply> cmd_copy(Context& context, Cursor cursor) {
  return copy_or_move(context, cursor, Numbers::sequence, Kind::copy);
}
Task<Reply> cmd_uid_copy(Context& context, Cursor cursor) {
  return copy_or_move(context, cursor, Numbers::uid, Kind::copy);
}
Task<Reply> cmd_move(Context& context, Cursor cursor) {
  return copy_or_move(context, cursor, Numbers::sequence, Kind::move);
}
Task<Reply> cmd_uid_move(Context& context, Cursor cursor) {
  return copy_or_move(context, cursor, Numbers::uid, Kind::move);
}

}  // namespace yubin::imap
