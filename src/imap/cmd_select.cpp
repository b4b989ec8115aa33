// SELECT and EXAMINE (RFC 9051 sections 6.3.2, 6.3.3).
#include <fmt/format.h>

#include <iterator>

#include "imap/commands.h"
#include "imap/mailbox_commands.h"
#include "imap/modseq.h"
#include "imap/resync.h"
#include "imap/select_grammar.h"
#include "imap/tell.h"

namespace yubin::imap {

namespace {

// No UNSEEN: to find the first unseen message every state would have to be read, and RFC 9051 has dropped it.
void put_opened(Context& context, store::Uid uid_next) {
  std::string& out = context.out;
  View const& view = *context.view;
  put_mailbox_flags(out, view.keywords(), view.access());
  fmt::format_to(std::back_inserter(out), "* {} EXISTS\r\n* 0 RECENT\r\n", view.exists());
  put_untagged(out, "OK", fmt::format("UIDVALIDITY {}", view.uid_validity().value()), "UIDs are valid.");
  put_untagged(out, "OK", fmt::format("UIDNEXT {}", uid_next.value()), "The next UID.");
  put_highest_modseq(context);
}

Task<Reply> open(Context& context, Cursor cursor, Access access) {
  Result<SelectArguments> arguments = select_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  // RFC 7162 section 3.2.5.
  if (arguments->resync && !context.enabled.qresync) co_return bad("QRESYNC has to be enabled first.");
  // RFC 9051 section 6.3.2: an attempt that fails leaves no mailbox selected.
  if (context.view) put_untagged(context.out, "OK", "CLOSED", "The mailbox is closed.");
  context.view.reset();
  if (arguments->condstore) enable_condstore(context);
  Result<store::Mailbox> mailbox = get_mailbox_named(context, arguments->mailbox);
  if (!mailbox) co_return failure(mailbox.error());
  Result<std::vector<store::Uid>> uids = context.services.store.uids(context.account(), mailbox->id);
  if (!uids) co_return failure(uids.error());
  // The UIDs were read later than the mailbox: a message that came in between is told as a new one.
  std::erase_if(*uids, [&](store::Uid uid) { return uid >= mailbox->uid_next; });
  context.view.emplace(*mailbox, *std::move(uids), access);
  put_opened(context, mailbox->uid_next);
  if (arguments->resync) {
    Result<> done = co_await resynchronize(context, *std::move(arguments->resync));
    if (!done) {
      context.view.reset();
      co_return failure(done.error());
    }
  }
  if (access == Access::read_only) co_return ok("READ-ONLY", "EXAMINE completed.");
  co_return ok("READ-WRITE", "SELECT completed.");
}

}  // namespace

Task<Reply> cmd_select(Context& context, Cursor cursor) {
  return open(context, cursor, Access::read_write);
}

Task<Reply> cmd_examine(Context& context, Cursor cursor) {
  return open(context, cursor, Access::read_only);
}

}  // namespace yubin::imap
