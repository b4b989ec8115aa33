// Sets of UIDs as ranges.
#pragma once

#include <span>
#include <vector>

#include "store/types.h"

namespace yubin::store {

// The same UIDs in ascending ranges that do not touch; 0 and empty ranges are left out.
std::vector<UidRange> normalized(std::span<UidRange const> ranges);

// How many UIDs are in `ranges` (normalized).
std::uint64_t count_uids(std::span<UidRange const> ranges);

// Adds a UID above all that are in `ranges`, which stay normalized.
void append_uid(std::vector<UidRange>& ranges, Uid uid);

// Answers for rising UIDs whether they are in normalized ranges, which outlive this.
class RisingMembership {
 public:
  explicit RisingMembership(std::span<UidRange const> ranges) : ranges_(ranges) {}
  bool contains(Uid uid);

 private:
  std::span<UidRange const> ranges_;  // those that may still matter
};

// Normalized ranges widened to whole rows of states, so that each row is in at most one of them.
std::vector<UidRange> widened_to_rows(std::span<UidRange const> ranges);

}  // namespace yubin::store
