// DELETE (RFC 9051 section 6.3.5).
#include "imap/commands.h"
#include "imap/mailbox_commands.h"

namespace yubin::imap {

Task<Reply> cmd_delete(Context& context, Cursor cursor) {
  Result<std::string> text = only_mailbox(cursor);
  if (!text) co_return bad_syntax(text.error());
  Result<store::Mailbox> mailbox = get_mailbox_named(context, *text);
  if (!mailbox) co_return failure(mailbox.error());
  auto remove = [account = context.account(), name = mailbox->name](store::Changes& changes) {
    return changes.remove_mailbox(account, name);
  };
  auto done =
      co_await committed(context, context.services.store.change<void>({context.account()}, Lane::reading, remove));
  if (!done) {
    if (done.error().code == Errc::conflict) co_return no("HASCHILDREN", "There are mailboxes below this one.");
    if (done.error().code == Errc::denied) co_return no("CANNOT", "INBOX cannot be removed.");
    co_return failure(done.error());
  }
  if (context.view && context.view->mailbox() == mailbox->id) {
    context.view.reset();
    put_untagged(context.out, "OK", "CLOSED", "The selected mailbox is closed: it has been removed.");
  }
  co_return ok("DELETE completed.");
}

}  // namespace yubin::imap
