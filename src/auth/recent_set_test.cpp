#include "auth/recent_set.h"

#include <gtest/gtest.h>

namespace yubin::auth {
namespace {

using namespace std::chrono_literals;

struct RecentSetTest : testing::Test {
  ManualClock clock{WallTime{}};
  RecentSet set{clock, 3, 60s};
};

TEST_F(RecentSetTest, forgets_after_a_while) {
  set.add("a");
  clock.advance(60s);
  EXPECT_TRUE(set.contains("a"));
  clock.advance(1s);
  EXPECT_FALSE(set.contains("a"));
}

TEST_F(RecentSetTest, looking_does_not_prolong_but_adding_does) {
  set.add("a");
  clock.advance(40s);
  EXPECT_TRUE(set.contains("a"));
  set.add("a");
  clock.advance(40s);
  EXPECT_TRUE(set.contains("a"));
  clock.advance(40s);
  EXPECT_FALSE(set.contains("a"));
}

TEST_F(RecentSetTest, what_was_used_longest_ago_makes_room) {
  for (char const* text : {"a", "b", "c"}) set.add(text);
  EXPECT_TRUE(set.contains("a"));
  set.add("d");
  EXPECT_TRUE(set.contains("a"));
  EXPECT_FALSE(set.contains("b"));
  EXPECT_TRUE(set.contains("c"));
  EXPECT_TRUE(set.contains("d"));
}

TEST_F(RecentSetTest, of_size_nothing_holds_nothing) {
  RecentSet none{clock, 0, 60s};
  none.add("a");
  EXPECT_FALSE(none.contains("a"));
}

}  // namespace
}  // namespace yubin::auth
