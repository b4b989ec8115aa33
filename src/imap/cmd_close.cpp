// CLOSE (RFC 9051 section 6.4.1): expunges without a word, and leaves the mailbox.
#include "imap/commands.h"

namespace yubin::imap {

Task<Reply> cmd_close(Context& context, Cursor cursor) {
  if (Result<> end = end_of_command(cursor); !end) co_return bad_syntax(end.error());
  View const& view = *context.view;
  if (view.access() == Access::read_only || view.exists() == 0) {
    context.view.reset();
    co_return ok("CLOSE completed.");
  }
  auto expunge = [account = context.account(), mailbox = view.mailbox(),
                  uids = view.all_uids()](store::Changes& changes) { return changes.expunge(account, mailbox, uids); };
  auto ticket = context.services.store.change<std::vector<store::Uid>>({context.account()}, Lane::reading, expunge);
  auto expunged = co_await committed(context, std::move(ticket));
  // A mailbox that somebody removed meanwhile is expunged thoroughly enough.
  if (!expunged && expunged.error().code != Errc::not_found) co_return failure(expunged.error());
  context.view.reset();
  co_return ok("CLOSE completed.");
}

}  // namespace yubin::imap
