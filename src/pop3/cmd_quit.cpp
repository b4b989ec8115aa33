// QUIT (RFC 1939 sections 4 and 6): the UPDATE state is one change, and +OK comes after its sync.
#include "pop3/command.h"

namespace yubin::pop3 {

namespace {

using Ranges = std::vector<store::UidRange>;

// Removes what was deleted, and marks what was retrieved as \Seen, so that webmail and IMAP know it as read. What
// another session has removed meanwhile is passed over.
store::Ticket<void> begin_update(Context& context) {
  Maildrop const& maildrop = *context.maildrop;
  auto update = [account = maildrop.account(), mailbox = maildrop.mailbox(), deleted = maildrop.deleted(),
                 seen = maildrop.newly_seen()](store::Changes& changes) -> Result<> {
    if (!seen.empty()) {
      store::FlagChange const change{store::FlagAction::add, store::SystemFlag::seen, {}, {}};
      TRY_VOID(changes.store_flags(account, mailbox, seen, change));
    }
    if (!deleted.empty()) TRY_VOID(changes.expunge(account, mailbox, deleted, false));
    return {};
  };
  return context.services.store.change<void>({maildrop.account()}, Lane::reading, std::move(update));
}

bool has_update(Maildrop const& maildrop) {
  return !maildrop.deleted().empty() || !maildrop.newly_seen().empty();
}

}  // namespace

Task<Reply> cmd_quit(Context& context, std::string_view) {
  if (context.maildrop && has_update(*context.maildrop)) {
    store::Ticket<void> const ticket = begin_update(context);
    if (!ticket.done()) co_await context.wait(ticket.completion());
    Result<> const updated = ticket.take();
    context.closing = true;
    // RFC 1939 section 6: the client must be told that deleted messages are still there.
    if (!updated) co_return err("SYS/TEMP", "No message was removed; please try again later.");
  }
  context.closing = true;
  co_return ok("Good-bye.");
}

}  // namespace yubin::pop3
