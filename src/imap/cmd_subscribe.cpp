// SUBSCRIBE and UNSUBSCRIBE (RFC 9051 sections 6.3.7, 6.3.8).
#include "imap/commands.h"
#include "imap/mailbox_commands.h"

namespace yubin::imap {

namespace {

enum class Subscribe { yes, no };

// Deviates from RFC 9051 section 6.3.7: a name whose mailbox is removed is no longer subscribed, because the
// subscription is kept with the mailbox. A client that makes the mailbox again subscribes to it again.
Task<Reply> set_subscribed(Context& context, Cursor cursor, Subscribe wanted) {
  Result<std::string> text = only_mailbox(cursor);
  if (!text) co_return bad_syntax(text.error());
  Result<store::MailboxName> name = store::MailboxName::parse(*text);
  if (!name) co_return failure(name.error());
  auto change = [account = context.account(), name = *name, wanted](store::Changes& changes) {
    return changes.set_subscribed(account, name, wanted == Subscribe::yes);
  };
  auto done =
      co_await committed(context, context.services.store.change<void>({context.account()}, Lane::reading, change));
  // What is not there is not subscribed either.
  if (!done && (wanted == Subscribe::yes || done.error().code != Errc::not_found)) co_return failure(done.error());
  co_return ok("Completed.");
}

}  // namespace

Task<Reply> cmd_subscribe(Context& context, Cursor cursor) {
  return set_subscribed(context, cursor, Subscribe::yes);
}

Task<Reply> cmd_unsubscribe(Context& context, Cursor cursor) {
  return set_subscribed(context, cursor, Subscribe::no);
}

}  // namespace yubin::imap
