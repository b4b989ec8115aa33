// CLOSE (RFC 9051 section 6.4.1): expunges without a word, and leaves the mailbox.
#include "imap/commands.h"
#include "store/bulk.h"

namespace yubin::imap {

// RFC 7162 section 3.2.8: the new HIGHESTMODSEQ is not told. Who is told nothing of what is expunged may have missed
// what others did before it.
Task<Reply> cmd_close(Context& context, Cursor cursor) {
  if (Result<> end = end_of_command(cursor); !end) co_return bad_syntax(end.error());
  View const& view = *context.view;
  if (view.access() == Access::read_only || view.exists() == 0) {
    context.view.reset();
    co_return ok("CLOSE completed.");
  }
  auto ticket = store::bulk_expunge(context.services.store, context.account(), view.mailbox(), view.all_uids());
  auto expunged = co_await committed(context, std::move(ticket));
  // A mailbox that somebody removed meanwhile is expunged thoroughly enough.
  if (!expunged && expunged.error().code != Errc::not_found) co_return failure(expunged.error());
  context.view.reset();
  co_return ok("CLOSE completed.");
}

}  // namespace yubin::imap
