// CLOSE (RFC 9051 section 6.4.1): expunges without a word, and leaves the mailbox.
#include <fmt/format.h>

#include "imap/commands.h"
#include "store/bulk.h"
#include "store/uid_ranges.h"

namespace yubin::imap {

namespace {

// RFC 7162 section 3.2.8: the new HIGHESTMODSEQ may be told. That is true only if the client, which is told nothing
// here, has missed nothing but the messages that it has just removed. The view then has it.
bool is_all_that_happened(Context& context, std::vector<store::Uid> const& expunged) {
  View& view = *context.view;
  if (expunged.empty() || view.told_modseq() < view.modseq()) return false;
  auto logged = context.services.store.logged_since(context.account(), view.mailbox(), view.modseq());
  if (!logged || !logged->complete || !logged->touched.empty()) return false;
  std::vector<store::UidRange> own;
  for (store::Uid uid : expunged) store::append_uid(own, uid);
  if (logged->expunged != own) return false;
  view.set_modseq(logged->mailbox.highest_modseq);
  return true;
}

}  // namespace

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
  bool const up_to_date = context.enabled.qresync && expunged && is_all_that_happened(context, *expunged);
  Reply reply = ok("CLOSE completed.");
  if (up_to_date) reply.code = fmt::format("HIGHESTMODSEQ {}", context.view->modseq().value());
  context.view.reset();
  co_return reply;
}

}  // namespace yubin::imap
