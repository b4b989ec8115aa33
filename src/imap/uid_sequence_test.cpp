#include "imap/uid_sequence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/random.h"

namespace yubin::imap {
namespace {

using store::Uid;
using store::UidRange;

std::vector<Uid> uids(std::initializer_list<std::uint32_t> values) {
  return {values.begin(), values.end()};
}

TEST(UidSequence, knows_the_place_of_each) {
  UidSequence const sequence(uids({5, 6, 7, 20, 4294967295}));
  EXPECT_EQ(sequence.size(), 5U);
  EXPECT_EQ(sequence.at(2), Uid(7));
  EXPECT_EQ(sequence.at(3), Uid(20));
  EXPECT_EQ(sequence.last(), Uid(4294967295));
  EXPECT_EQ(sequence.rank(Uid(1)), 0U);
  EXPECT_EQ(sequence.rank(Uid(8)), 3U);
  EXPECT_EQ(sequence.rank(Uid(20)), 3U);
  EXPECT_EQ(sequence.rank(Uid(4294967295)), 4U);
  EXPECT_TRUE(sequence.contains(Uid(6)));
  EXPECT_FALSE(sequence.contains(Uid(8)));
  EXPECT_FALSE(UidSequence().contains(Uid(1)));
}

TEST(UidSequence, names_what_is_missing) {
  UidSequence const sequence(uids({5, 6, 20}));
  auto missing = [&](std::uint32_t first, std::uint32_t last) {
    std::vector<UidRange> out;
    sequence.append_missing({Uid(first), Uid(last)}, out);
    return out;
  };
  EXPECT_EQ(missing(1, 30), (std::vector<UidRange>{{Uid(1), Uid(4)}, {Uid(7), Uid(19)}, {Uid(21), Uid(30)}}));
  EXPECT_EQ(missing(5, 6), std::vector<UidRange>());
  EXPECT_EQ(missing(6, 10), (std::vector<UidRange>{{Uid(7), Uid(10)}}));
  EXPECT_EQ(missing(8, 9), (std::vector<UidRange>{{Uid(8), Uid(9)}}));
}

// Beside the plainest way to hold them.
TEST(UidSequence, agrees_with_a_set) {
  SeededRandom random(7);
  for (int round = 0; round < 50; ++round) {
    UidSequence sequence;
    std::set<Uid> model;
    std::uint32_t next = 1;
    for (int step = 0; step < 40; ++step) {
      std::vector<Uid> some;
      if (random.u64() % 2 == 0) {
        for (std::uint64_t i = random.u64() % 20; i > 0; --i)
          some.emplace_back(next += random.u64() % 4 == 0 ? 2U : 1U);
        sequence.append(some);
        model.insert(some.begin(), some.end());
      } else {
        for (std::uint32_t uid = 0; uid <= next; ++uid) {
          if (random.u64() % 8 == 0) some.emplace_back(uid);
        }
        sequence.erase(some);
        for (Uid uid : some) model.erase(uid);
      }
      ASSERT_EQ(sequence.all(), std::vector(model.begin(), model.end()));
      ASSERT_EQ(sequence.size(), model.size());
      for (std::uint32_t uid = 0; uid <= next + 1; ++uid) {
        ASSERT_EQ(sequence.rank(Uid(uid)),
                  static_cast<std::uint32_t>(std::distance(model.begin(), model.lower_bound(Uid(uid)))));
        ASSERT_EQ(sequence.contains(Uid(uid)), model.contains(Uid(uid)));
      }
      for (std::uint32_t i = 0; i < sequence.size(); ++i) ASSERT_EQ(sequence.rank(sequence.at(i)), i);
    }
  }
}

}  // namespace
}  // namespace yubin::imap
