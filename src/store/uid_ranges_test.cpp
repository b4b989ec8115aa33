#include "store/uid_ranges.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace yubin::store {
namespace {

UidRange range(std::uint32_t first, std::uint32_t last) {
  return {Uid(first), Uid(last)};
}

TEST(UidRanges, are_sorted_and_merged) {
  std::vector<UidRange> const given{range(10, 12), range(1, 3), range(4, 4), range(11, 20), range(9, 8), range(0, 0)};
  EXPECT_EQ(normalized(given), (std::vector<UidRange>{range(1, 4), range(10, 20)}));
  std::vector<UidRange> const all{range(0, 0xffffffff), range(0xffffffff, 0xffffffff), range(5, 5)};
  EXPECT_EQ(normalized(all), (std::vector<UidRange>{range(1, 0xffffffff)}));
  EXPECT_TRUE(normalized({}).empty());
  EXPECT_EQ(count_uids(normalized(given)), 15);
  EXPECT_EQ(count_uids(normalized(all)), 0xffffffff);
}

TEST(UidRanges, widen_to_rows_that_do_not_overlap) {
  std::vector<UidRange> const sparse{range(1, 1), range(3, 3), range(31, 31), range(70, 100)};
  EXPECT_EQ(widened_to_rows(sparse), (std::vector<UidRange>{range(1, 31), range(64, 127)}));
  std::vector<UidRange> const last{range(0xffffffff, 0xffffffff)};
  EXPECT_EQ(widened_to_rows(last), (std::vector<UidRange>{range(0xffffffe0, 0xffffffff)}));
}

// Against sets of single UIDs, with ranges chosen at random.
TEST(UidRanges, hold_the_same_uids_as_a_set) {
  SeededRandom random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<UidRange> given;
    std::set<std::uint32_t> expected;
    for (std::uint64_t i = random.u64() % 6; i > 0; --i) {
      auto const first = static_cast<std::uint32_t>(1 + random.u64() % 90);
      auto const last = static_cast<std::uint32_t>(first + random.u64() % 10);
      given.push_back(range(first, last));
      for (std::uint32_t uid = first; uid <= last; ++uid) expected.insert(uid);
    }
    std::vector<UidRange> const ranges = normalized(given);
    RisingMembership membership(ranges);
    std::vector<UidRange> rebuilt;
    for (std::uint32_t uid = 1; uid <= 100; ++uid) {
      EXPECT_EQ(membership.contains(Uid(uid)), expected.contains(uid));
      if (expected.contains(uid)) append_uid(rebuilt, Uid(uid));
    }
    EXPECT_EQ(rebuilt, ranges);
  }
}

}  // namespace
}  // namespace yubin::store
