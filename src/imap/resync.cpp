#include "imap/resync.h"

#include "imap/modseq.h"
#include "imap/tell.h"

namespace yubin::imap {

namespace {

constexpr std::uint32_t kPage = 1024;  // states read at a time

Task<Result<>> put_changed(Context& context, SeqRange range, store::ModSeq since) {
  View const& view = *context.view;
  for (std::uint32_t first = range.first.value(); first <= range.last.value(); first += kPage) {
    std::uint32_t const last = std::min(range.last.value(), first + kPage - 1);
    store::UidRange const uids{view.uid(SeqNum(first)), view.uid(SeqNum(last))};
    auto states = context.services.store.states(context.account(), view.mailbox(), uids, kPage);
    if (!states) co_return std::unexpected(states.error());
    for (store::MessageState const& state : *states) {
      std::optional<SeqNum> const number = view.find(state.uid);
      if (!number || state.modseq <= since) continue;
      put_update(context, *number, state);
      co_await context.pause();
    }
  }
  co_return Result<>();
}

}  // namespace

Task<Result<>> resynchronize(Context& context, Resync resync) {
  View const& view = *context.view;
  // RFC 7162 section 3.2.5.1: with another UIDVALIDITY the client remembers another mailbox.
  if (resync.uid_validity != view.uid_validity().value()) co_return Result<>();
  // A mod-sequence from the future can only come from before a backup was restored; it says nothing about this mailbox.
  if (resync.modseq > view.modseq()) resync.modseq = store::ModSeq(0);
  auto logged = context.services.store.logged_since(context.account(), view.mailbox(), resync.modseq);
  if (!logged) co_return std::unexpected(logged.error());
  co_await put_vanished(context, find_vanished(view, *logged, resync.known), Vanished::earlier);
  std::vector<SeqRange> const changed =
      in_both(view.find_all(logged->touched), view.find_all(store::normalized(resync.known)));
  for (SeqRange const& range : changed) {
    Result<> put = co_await put_changed(context, range, resync.modseq);
    if (!put) co_return put;
  }
  co_return Result<>();
}

}  // namespace yubin::imap
