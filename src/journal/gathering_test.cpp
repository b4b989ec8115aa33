#include "journal/gathering.h"

#include <gtest/gtest.h>

namespace yubin::journal {
namespace {

using namespace std::chrono_literals;

struct GatheringTest : testing::Test {
  static Entry entry(std::string peer, Kind kind = Kind::connection) {
    Entry made;
    made.kind = kind;
    made.service = "mx";
    made.peer = std::move(peer);
    return made;
  }
  int admitted(Gathering& gathering, int count, std::string const& peer) {
    int good = 0;
    for (int i = 0; i < count; ++i) good += gathering.admit(entry(peer)) ? 1 : 0;
    return good;
  }
  static std::string fact(Entry const& entry, std::string_view name) {
    for (auto const& [key, value] : entry.facts) {
      if (key == name) return value;
    }
    return "";
  }

  ManualClock clock{WallTime(std::chrono::hours(1'000'000))};
  UniqueIds ids{clock, 1, 0};
};

TEST_F(GatheringTest, neighbours_share_a_rate_and_others_have_theirs) {
  Gathering gathering(ids, clock, {.single_a_minute = 4});
  EXPECT_EQ(admitted(gathering, 3, "192.0.2.1"), 3);
  EXPECT_EQ(admitted(gathering, 3, "192.0.2.2"), 1);
  EXPECT_EQ(admitted(gathering, 3, "198.51.100.1"), 3);
  EXPECT_EQ(admitted(gathering, 6, "2001:db8::1"), 4);
  EXPECT_EQ(admitted(gathering, 6, "2001:db8::ffff"), 0);
  clock.advance(1min);
  EXPECT_EQ(admitted(gathering, 6, "192.0.2.1"), 4);
}

TEST_F(GatheringTest, a_sum_says_how_many_and_who) {
  Gathering gathering(ids, clock, {.single_a_minute = 1});
  for (char const* peer : {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.3"}) gathering.admit(entry(peer));
  EXPECT_TRUE(gathering.take_sums().empty());
  clock.advance(1min);
  std::vector<Entry> const sums = gathering.take_sums();
  ASSERT_EQ(sums.size(), 1u);
  EXPECT_EQ(sums[0].peer, "192.0.2.0/24");
  EXPECT_EQ(fact(sums[0], "count"), "3");
  EXPECT_EQ(fact(sums[0], "peers"), "2");
  EXPECT_TRUE(gathering.take_sums(true).empty());
}

TEST_F(GatheringTest, a_sum_is_not_lost_when_the_next_minute_begins_first) {
  Gathering gathering(ids, clock, {.single_a_minute = 1});
  EXPECT_EQ(admitted(gathering, 5, "192.0.2.1"), 1);
  clock.advance(1min);
  EXPECT_EQ(admitted(gathering, 5, "192.0.2.1"), 1);
  std::vector<Entry> const sums = gathering.take_sums(true);
  ASSERT_EQ(sums.size(), 2u);
  EXPECT_EQ(fact(sums[0], "count"), "4");
  EXPECT_EQ(fact(sums[1], "count"), "4");
}

TEST_F(GatheringTest, good_logins_are_alike_only_for_one_user) {
  Gathering gathering(ids, clock, {.single_a_minute = 2});
  auto login = [&](std::string user, std::string verdict) {
    Entry made = entry("192.0.2.1", Kind::login);
    made.user = std::move(user);
    made.verdict = std::move(verdict);
    return gathering.admit(made);
  };
  EXPECT_TRUE(login("a", "accepted"));
  EXPECT_TRUE(login("a", "accepted"));
  EXPECT_FALSE(login("a", "accepted"));
  EXPECT_TRUE(login("b", "accepted"));
  EXPECT_TRUE(login("a", "refused"));
  EXPECT_TRUE(login("b", "refused"));
  EXPECT_FALSE(login("c", "refused"));
}

// Every connection from another network: the rate alone would not hold it back.
TEST_F(GatheringTest, a_kind_that_has_used_up_its_bytes_is_counted_all_together) {
  Gathering gathering(ids, clock, {.bytes_a_day = 24 * 2000});
  int written = 0;
  for (int i = 0; i < 10'000; ++i) {
    written += gathering.admit(entry("10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1")) ? 1 : 0;
  }
  EXPECT_GT(written, 20);
  EXPECT_LT(written, 200);
  EXPECT_TRUE(gathering.admit(entry("10.0.0.1", Kind::refusal))) << "another kind has its own budget";
  clock.advance(1min);
  std::vector<Entry> const sums = gathering.take_sums();
  ASSERT_FALSE(sums.empty());
  EXPECT_LT(sums.size(), 20u);
  EXPECT_EQ(sums.back().peer, "");
  EXPECT_EQ(fact(sums.back(), "peers"), "100 or more");
  std::uint64_t all = static_cast<std::uint64_t>(written);
  for (Entry const& sum : sums) all += std::stoull(fact(sum, "count"));
  EXPECT_EQ(all, 10'000u);
}

TEST_F(GatheringTest, a_budget_fills_again) {
  Gathering gathering(ids, clock, {.single_a_minute = 1'000'000, .bytes_a_day = 24 * 1000});
  int const first = admitted(gathering, 1000, "192.0.2.1");
  EXPECT_EQ(admitted(gathering, 10, "192.0.2.1"), 0);
  clock.advance(2h);
  EXPECT_NEAR(admitted(gathering, 1000, "192.0.2.1"), 2 * first, 2);
}

TEST_F(GatheringTest, more_networks_than_are_kept_are_counted_together) {
  Gathering gathering(ids, clock, {.single_a_minute = 0, .max_groups = 3});
  for (int i = 0; i < 50; ++i) gathering.admit(entry("10.0." + std::to_string(i) + ".1"));
  std::vector<Entry> const sums = gathering.take_sums(true);
  EXPECT_EQ(sums.size(), 4u);
}

}  // namespace
}  // namespace yubin::journal
