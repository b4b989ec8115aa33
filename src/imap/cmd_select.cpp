// SELECT and EXAMINE (RFC 9051 sections 6.3.2, 6.3.3).
#include <fmt/format.h>

#include <iterator>

#include "imap/commands.h"
#include "imap/mailbox_commands.h"
#include "imap/tell.h"

namespace yubin::imap {

namespace {

// No UNSEEN: to find the first unseen message every state would have to be read, and RFC 9051 has dropped it.
void put_opened(std::string& out, View const& view, store::Uid uid_next) {
  put_mailbox_flags(out, view.keywords(), view.access());
  fmt::format_to(std::back_inserter(out), "* {} EXISTS\r\n* 0 RECENT\r\n", view.exists());
  put_untagged(out, "OK", fmt::format("UIDVALIDITY {}", view.uid_validity().value()), "UIDs are valid.");
  put_untagged(out, "OK", fmt::format("UIDNEXT {}", uid_next.value()), "The next UID.");
}

Task<Reply> open(Context& context, Cursor cursor, Access access) {
  Result<std::string> name = only_mailbox(cursor);
  if (!name) co_return bad_syntax(name.error());
  // RFC 9051 section 6.3.2: an attempt that fails leaves no mailbox selected.
  context.view.reset();
  Result<store::Mailbox> mailbox = get_mailbox_named(context, *name);
  if (!mailbox) co_return failure(mailbox.error());
  Result<std::vector<store::Uid>> uids = context.services.store.uids(context.account(), mailbox->id);
  if (!uids) co_return failure(uids.error());
  // The UIDs were read later than the mailbox: a message that came in between is told as a new one.
  std::erase_if(*uids, [&](store::Uid uid) { return uid >= mailbox->uid_next; });
  context.view.emplace(*mailbox, *std::move(uids), access);
  put_opened(context.out, *context.view, mailbox->uid_next);
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
