#include "auth/guess_limiter.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <optional>

#include "auth/fair_queue.h"

namespace yubin::auth {
namespace {

using namespace std::chrono_literals;

using Known = GuessLimiter::Known;

struct Limiter : testing::Test {
  void guess(std::string_view peer, std::string_view user, Known known = Known::nobody) {
    limiter.wrong({Network::of(peer), user, known});
  }
  bool may(std::string_view peer, std::string_view user, Known known = Known::nobody) {
    return limiter.may_try({Network::of(peer), user, known});
  }
  std::uint32_t refused(std::string_view peer, std::string_view user = "a", Known known = Known::nobody) {
    return limiter.refused({Network::of(peer), user, known});
  }

  ManualClock clock{WallTime(1'700'000'000s)};
  GuessLimiter limiter{clock, {.network = 3, .known_network = 5, .user = 6, .capacity = 4}};
};

TEST_F(Limiter, waits_grow_and_end) {
  for (int i = 0; i < 3; ++i) guess("192.0.2.1", "a");
  EXPECT_TRUE(may("192.0.2.1", "b"));
  for (std::chrono::seconds wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    guess("192.0.2.77", std::to_string(wait.count()));  // the same network
    EXPECT_FALSE(may("192.0.2.1", "b"));
    clock.advance(wait - 1ms);
    EXPECT_FALSE(may("192.0.2.1", "b"));
    clock.advance(1ms);
    EXPECT_TRUE(may("192.0.2.1", "b"));
  }
  EXPECT_TRUE(may("198.51.100.1", "b"));
}

TEST_F(Limiter, a_network_is_forgotten_after_a_while) {
  for (int i = 0; i < 9; ++i) guess("192.0.2.1", "a");
  clock.advance(1h + 1s);
  guess("192.0.2.1", "a");
  EXPECT_TRUE(may("192.0.2.1", "a"));
}

TEST_F(Limiter, a_known_network_may_be_wrong_more_often) {
  for (int i = 0; i < 5; ++i) guess("192.0.2.1", "a", Known::others);
  EXPECT_TRUE(may("192.0.2.1", "a", Known::others));
  guess("192.0.2.1", "a", Known::others);
  EXPECT_FALSE(may("192.0.2.1", "a", Known::others));
}

TEST_F(Limiter, many_networks_that_guess_at_one_user_are_seen_together) {
  for (int i = 0; i < 7; ++i) guess("198.51." + std::to_string(i) + ".1", "a");
  EXPECT_FALSE(may("203.0.113.1", "a"));
  EXPECT_TRUE(may("203.0.113.1", "b"));
  EXPECT_TRUE(may("203.0.113.1", "a", Known::others));  // the user himself
}

TEST_F(Limiter, forgets_who_guessed_longest_ago_when_it_is_full) {
  for (int i = 0; i < 4; ++i) guess("192.0.2.1", "a" + std::to_string(i));
  EXPECT_FALSE(may("192.0.2.1", "b"));
  for (int i = 0; i < 4; ++i) guess("198.51." + std::to_string(i) + ".1", "x");
  EXPECT_TRUE(may("192.0.2.1", "b"));
}

// One telephone with an old password must not shut out an office behind one address.
TEST_F(Limiter, a_user_at_home_holds_up_nobody_else) {
  for (int i = 0; i < 20; ++i) guess("192.0.2.1", "a", Known::user_at_home);
  EXPECT_FALSE(may("192.0.2.1", "a", Known::user_at_home));
  EXPECT_TRUE(may("192.0.2.1", "b", Known::user_at_home));
  EXPECT_TRUE(may("192.0.2.1", "c", Known::others));
  EXPECT_TRUE(may("198.51.100.1", "a", Known::user_at_home));  // who has two homes
  EXPECT_TRUE(may("203.0.113.1", "a"));
}

TEST_F(Limiter, nobody_holds_up_a_user_at_home) {
  for (int i = 0; i < 20; ++i) guess("192.0.2.1", "a", Known::others);
  for (int i = 0; i < 20; ++i) guess("198.51.100.1", "a");
  EXPECT_FALSE(may("192.0.2.1", "b", Known::others));
  EXPECT_TRUE(may("192.0.2.1", "a", Known::user_at_home));
}

TEST_F(Limiter, counts_what_was_refused) {
  EXPECT_EQ(refused("192.0.2.1"), 1);
  EXPECT_EQ(refused("192.0.2.2", "b"), 2);
  EXPECT_EQ(refused("192.0.3.2"), 1);
  EXPECT_EQ(refused("192.0.2.2", "b", Known::user_at_home), 1);
  clock.advance(GuessLimiter::kCountFailures + 1s);
  EXPECT_EQ(refused("192.0.2.2"), 1);
  EXPECT_EQ(refused("192.0.2.2"), 2);
}

// One hashing thread that needs 30 ms for a password, in virtual time.
struct Simulation {
  struct Attempt {
    Network network;
    Standing standing;
    std::string user;
    std::chrono::milliseconds came;
  };

  void come(std::string_view peer, Standing standing, std::string user) {
    Attempt const attempt{Network::of(peer), standing, std::move(user), now};
    if (!limiter.may_try(guess(attempt))) return;
    (void)queue.push(attempt.network, standing, [this, attempt] { running = attempt; });  // full: it is told so
  }
  static GuessLimiter::Guess guess(Attempt const& attempt) {
    return {attempt.network, attempt.user, attempt.standing == Standing::known ? Known::others : Known::nobody};
  }
  // A millisecond.
  void step() {
    clock.advance(1ms);
    now += 1ms;
    if (running && now >= done_at) {
      if (running->user.starts_with("good")) {
        waited[running->user] = now - running->came;
      } else {
        limiter.wrong(guess(*running));
      }
      running.reset();
    }
    if (running) return;
    if (auto task = queue.pop()) {
      (*task)();
      done_at = now + 30ms;
    }
  }

  ManualClock clock{WallTime(1'700'000'000s)};
  GuessLimiter limiter{clock, {}};
  FairQueue queue{{}};
  std::chrono::milliseconds now{0};
  std::chrono::milliseconds done_at{0};
  std::optional<Attempt> running;
  std::map<std::string, std::chrono::milliseconds> waited;
};

TEST(GuessingFlood, of_one_network_keeps_nobody_from_logging_in_within_a_second) {
  Simulation simulation;
  for (int ms = 0; ms < 20'000; ++ms) {
    if (ms % 10 == 0) simulation.come("198.51.100.7", Standing::unknown, "guess" + std::to_string(ms % 70));
    if (ms == 100) simulation.come("192.0.2.1", Standing::known, "good known, early");
    if (ms == 150) simulation.come("203.0.113.9", Standing::unknown, "good unknown, early");
    if (ms == 15'000) simulation.come("192.0.2.1", Standing::known, "good known, late");
    if (ms == 15'050) simulation.come("203.0.113.9", Standing::unknown, "good unknown, late");
    simulation.step();
  }
  ASSERT_EQ(simulation.waited.size(), 4);
  for (auto const& [who, waited] : simulation.waited) EXPECT_LT(waited, 1s) << who;
}

TEST(GuessingFlood, of_many_networks_keeps_no_known_user_from_logging_in_within_a_second) {
  Simulation simulation;
  for (int ms = 0; ms < 20'000; ++ms) {
    if (ms % 10 == 0)
      simulation.come("198.51." + std::to_string(ms / 10 % 250) + ".7", Standing::unknown,
                      "guess" + std::to_string(ms));
    if (ms == 10'000) simulation.come("192.0.2.1", Standing::known, "good");
    simulation.step();
  }
  ASSERT_EQ(simulation.waited.size(), 1);
  EXPECT_LT(simulation.waited["good"], 1s);
}

}  // namespace
}  // namespace yubin::auth
