#include "auth/hashing_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace yubin::auth {
namespace {

// Who had a turn, in order.
class Turns {
 public:
  explicit Turns(FairQueue::Options options = {}) : queue_(options) {}

  Result<> push(std::string const& network, Standing standing = Standing::unknown) {
    return queue_.push(Network::of(network), standing, [this, network] { order_ += network; });
  }
  std::string all() {
    while (auto task = queue_.pop()) (*task)();
    return std::exchange(order_, {});
  }

 private:
  FairQueue queue_;
  std::string order_;
};

TEST(FairQueue, networks_take_turns) {
  Turns turns;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(turns.push("a"));
  ASSERT_TRUE(turns.push("b"));
  ASSERT_TRUE(turns.push("b"));
  ASSERT_TRUE(turns.push("c"));
  EXPECT_EQ(turns.all(), "abcabaa");
  EXPECT_EQ(turns.all(), "");
}

TEST(FairQueue, a_network_that_comes_back_gets_no_second_turn) {
  Turns turns;
  ASSERT_TRUE(turns.push("a"));
  EXPECT_EQ(turns.all(), "a");
  ASSERT_TRUE(turns.push("b"));
  ASSERT_TRUE(turns.push("a"));
  ASSERT_TRUE(turns.push("a"));
  EXPECT_EQ(turns.all(), "baa");
}

TEST(FairQueue, known_networks_go_first_but_not_always) {
  Turns turns;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(turns.push("x"));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(turns.push("K", Standing::known));
  EXPECT_EQ(turns.all(), "KKKKxKKKKxKKx");
}

TEST(FairQueue, the_limit_of_a_network_leaves_room_for_others) {
  Turns turns({.unknown = {.all = 10, .per_network = 2}});
  ASSERT_TRUE(turns.push("a"));
  ASSERT_TRUE(turns.push("a"));
  EXPECT_EQ(turns.push("a").error().code, Errc::limit);
  EXPECT_TRUE(turns.push("b"));
  EXPECT_EQ(turns.all(), "aba");
  EXPECT_TRUE(turns.push("a"));
}

TEST(FairQueue, a_flood_from_everywhere_leaves_room_for_the_known) {
  Turns turns({.unknown = {.all = 3, .per_network = 2}});
  for (std::string network : {"a", "b", "c"}) ASSERT_TRUE(turns.push(network));
  EXPECT_EQ(turns.push("d").error().code, Errc::limit);
  EXPECT_TRUE(turns.push("K", Standing::known));
  EXPECT_EQ(turns.all(), "Kabc");
}

TEST(FairQueue, a_known_network_may_come_as_a_whole_office) {
  Turns turns;
  int known = 0;
  int unknown = 0;
  while (known < 2000 && turns.push("K", Standing::known)) ++known;
  while (unknown < 2000 && turns.push("x")) ++unknown;
  EXPECT_GE(known, 500);
  EXPECT_LE(unknown, 64);
}

TEST(HashingPool, runs_everything_before_it_stops) {
  std::atomic<int> count = 0;
  {
    HashingPool pool({.threads = 2, .queue = {}});
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(pool.post(Network::of(std::to_string(i)), Standing::unknown, [&] { ++count; }));
    }
  }
  EXPECT_EQ(count, 100);
}

TEST(HashingPool, uses_all_its_threads) {
  std::latch all(3);
  HashingPool pool({.threads = 3, .queue = {}});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pool.post(Network::of("a"), Standing::unknown, [&] { all.arrive_and_wait(); }));
  }
  all.wait();  // comes only when three run at once
}

}  // namespace
}  // namespace yubin::auth
