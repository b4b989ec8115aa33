#include "store/uid_ranges.h"

#include <algorithm>

#include "base/assert.h"
#include "store/keys.h"

namespace yubin::store {

std::vector<UidRange> normalized(std::span<UidRange const> ranges) {
  std::vector<UidRange> sorted;
  for (UidRange range : ranges) {
    range.first = std::max(range.first, Uid(1));
    if (range.first <= range.last) sorted.push_back(range);
  }
  std::ranges::sort(sorted, {}, &UidRange::first);
  std::vector<UidRange> out;
  for (UidRange const& range : sorted) {
    bool const touches = !out.empty() && range.first.value() - 1 <= out.back().last.value();
    if (touches) {
      out.back().last = std::max(out.back().last, range.last);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

std::uint64_t count_uids(std::span<UidRange const> ranges) {
  std::uint64_t count = 0;
  for (UidRange const& range : ranges) count += std::uint64_t{range.last.value()} - range.first.value() + 1;
  return count;
}

void append_uid(std::vector<UidRange>& ranges, Uid uid) {
  YUBIN_ASSERT(ranges.empty() || ranges.back().last < uid);
  if (!ranges.empty() && ranges.back().last.next() == uid) {
    ranges.back().last = uid;
  } else {
    ranges.push_back({uid, uid});
  }
}

bool RisingMembership::contains(Uid uid) {
  while (!ranges_.empty() && ranges_.front().last < uid) ranges_ = ranges_.subspan(1);
  return !ranges_.empty() && ranges_.front().first <= uid;
}

std::vector<UidRange> widened_to_rows(std::span<UidRange const> ranges) {
  std::vector<UidRange> wide;
  for (UidRange const& range : ranges) {
    constexpr std::uint32_t kWithinRow = kStatesPerRow - 1;
    wide.push_back({Uid(range.first.value() & ~kWithinRow), Uid(range.last.value() | kWithinRow)});
  }
  return normalized(wide);
}

}  // namespace yubin::store
