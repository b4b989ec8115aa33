// Mod-sequences as clients hear of them (RFC 7162): CONDSTORE once a client has used it, VANISHED, resynchronization.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "imap/context.h"
#include "store/uid_ranges.h"

namespace yubin::imap {

// RFC 7162 section 3.1: from the first command that knows of mod-sequences, updates of flags tell them. In the selected
// state the client hears from where it starts.
void enable_condstore(Context& context);

// `* OK [HIGHESTMODSEQ n]`: what the client is up to date with.
void put_highest_modseq(Context& context);

// RFC 7162 section 3.2.10. The UIDs may be many: in slices. Nothing for an empty set.
enum class Vanished { earlier, now };
Task<Done> put_vanished(Context& context, std::span<store::UidRange const> uids, Vanished when);

// Of the UIDs that a client knows, those that went since; none that is still in the view, whose going is yet to be
// told. If the change log does not reach back, all that are not in the view. Time is in proportion to the ranges and to
// the view, whatever numbers the client sends.
std::vector<store::UidRange> find_vanished(View const& view, store::LoggedSince const& logged,
                                           std::vector<store::UidRange> const& known);

// What both have: ascending ranges that do not touch, as both must be.
template <class Range>
std::vector<Range> in_both(std::vector<Range> const& a, std::vector<Range> const& b) {
  std::vector<Range> out;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    Range const both{std::max(i->first, j->first), std::min(i->last, j->last)};
    if (both.first <= both.last) out.push_back(both);
    if (i->last < j->last) {
      ++i;
    } else {
      ++j;
    }
  }
  return out;
}

// `seq-range` after `seq-range`, in slices.
Task<Done> put_ranges(Context& context, std::span<store::UidRange const> uids);

}  // namespace yubin::imap
