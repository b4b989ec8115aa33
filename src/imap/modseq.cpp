#include "imap/modseq.h"

#include <fmt/format.h>

#include "base/format.h"

namespace yubin::imap {

using store::Uid;
using store::UidRange;

void enable_condstore(Context& context) {
  if (std::exchange(context.enabled.condstore, true)) return;
  if (context.view) put_highest_modseq(context);
}

void put_highest_modseq(Context& context) {
  put_untagged(context.out, "OK", fmt::format("HIGHESTMODSEQ {}", context.view->told_modseq().value()), "Highest.");
}

Task<Done> put_ranges(Context& context, std::span<UidRange const> uids) {
  std::string_view separator;
  for (UidRange const& range : uids) {
    append_format(context.out, "{}{}", separator, range.first.value());
    if (range.first < range.last) append_format(context.out, ":{}", range.last.value());
    separator = ",";
    co_await context.pause();
  }
  co_return Done{};
}

Task<Done> put_vanished(Context& context, std::span<UidRange const> uids, Vanished when) {
  if (uids.empty()) co_return Done{};
  context.out += when == Vanished::earlier ? "* VANISHED (EARLIER) " : "* VANISHED ";
  co_await put_ranges(context, uids);
  context.out += "\r\n";
  co_return Done{};
}

std::vector<UidRange> find_vanished(View const& view, store::LoggedSince const& logged,
                                    std::vector<UidRange> const& known) {
  std::vector<UidRange> gone = logged.expunged;
  if (!logged.complete) gone = {UidRange{Uid(1), Uid(logged.mailbox.uid_next.value() - 1)}};
  std::vector<UidRange> out;
  for (UidRange const& range : in_both<UidRange>(gone, store::normalized(known)))
    view.uids().append_missing(range, out);
  return out;
}

}  // namespace yubin::imap
