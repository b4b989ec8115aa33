// EXPUNGE (RFC 9051 section 6.4.3) and UID EXPUNGE (section 6.4.9). The EXPUNGE responses come from tell_changes().
#include <fmt/format.h>

#include "imap/commands.h"
#include "imap/message_set.h"
#include "imap/tell.h"
#include "store/bulk.h"

namespace yubin::imap {

namespace {

// Only what this client has seen: a message that came since stays until the client knows of it.
Task<Reply> expunge(Context& context, UidRanges uids) {
  if (context.view->access() == Access::read_only) co_return no("READ-ONLY", "The mailbox is open for reading only.");
  if (uids.empty()) co_return ok("EXPUNGE completed.");
  auto ticket =
      store::bulk_expunge(context.services.store, context.account(), context.view->mailbox(), std::move(uids));
  auto expunged = co_await committed(context, std::move(ticket));
  if (!expunged) co_return failure(expunged.error());
  co_await tell_changes(context, Expunges::told);
  // RFC 7162 section 3.2.7.
  if (context.enabled.qresync && !expunged->empty() && context.view)
    co_return ok(fmt::format("HIGHESTMODSEQ {}", context.view->told_modseq().value()), "EXPUNGE completed.");
  co_return ok("EXPUNGE completed.");
}

Result<SequenceSet> uid_expunge_arguments(Cursor& cursor) {
  TRY_VOID(space(cursor));
  TRY(SequenceSet set, sequence_set(cursor));
  TRY_VOID(end_of_command(cursor));
  return set;
}

}  // namespace

Task<Reply> cmd_expunge(Context& context, Cursor cursor) {
  if (Result<> end = end_of_command(cursor); !end) co_return bad_syntax(end.error());
  co_return co_await expunge(context, context.view->all_uids());
}

Task<Reply> cmd_uid_expunge(Context& context, Cursor cursor) {
  Result<SequenceSet> set = uid_expunge_arguments(cursor);
  if (!set) co_return bad_syntax(set.error());
  auto messages = named_messages(context, *set, Numbers::uid);
  if (!messages) co_return messages.error();
  co_return co_await expunge(context, context.view->uid_ranges(*messages));
}

}  // namespace yubin::imap
