// Pace, with the time by hand.
#include "deliver/pace.h"

#include <gtest/gtest.h>

namespace yubin::deliver {
namespace {

using namespace std::chrono_literals;

class PaceTest : public testing::Test {
 protected:
  bool begin(PaceLimits const& limits = {}) { return !pace_.begin("g", "d", limits, now_); }
  void end(PaceSign sign) {
    pace_.note("g", sign, now_);
    pace_.end("g", {}, now_);
  }
  // As many connections as are free now.
  std::size_t begin_all(PaceLimits const& limits = {}) {
    std::size_t count = 0;
    while (begin(limits)) ++count;
    return count;
  }
  Pace::State state() const { return pace_.find("g").value(); }

  Pace pace_;
  SteadyTime now_{std::chrono::hours(1000)};
};

TEST_F(PaceTest, begins_with_some_connections_and_grows_while_mail_is_taken) {
  EXPECT_EQ(begin_all(), 5U);
  for (int i = 0; i < 100; ++i) pace_.note("g", PaceSign::taken, now_);
  EXPECT_EQ(begin_all({.connections = 8}), 3U);
  EXPECT_EQ(begin_all({.connections = 1000}), 7U);  // 15 and a bit: each taken message adds 1/n
}

TEST_F(PaceTest, who_waits_for_a_connection_is_named_when_one_ends) {
  EXPECT_EQ(begin_all(), 5U);  // the sixth waits
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(pace_.begin("g", "e", {}, now_).has_value());
  EXPECT_EQ(pace_.next_waiting("other"), std::nullopt);
  EXPECT_EQ(pace_.end("g", {}, now_), 1U);
  EXPECT_EQ(pace_.end("g", {.connections = 4}, now_), 1U);
  EXPECT_EQ(pace_.next_waiting("g"), "d");
  EXPECT_EQ(pace_.next_waiting("g"), "e");
  EXPECT_EQ(pace_.next_waiting("g"), std::nullopt);
}

TEST_F(PaceTest, halves_and_pauses_when_it_is_too_much) {
  for (int i = 0; i < 100; ++i) pace_.note("g", PaceSign::taken, now_);
  double const before = state().allowed;
  ASSERT_TRUE(begin());
  end(PaceSign::slow_down);
  EXPECT_DOUBLE_EQ(state().allowed, before / 2);
  EXPECT_EQ(pace_.begin("g", "d", {}, now_), now_ + 5s);
  now_ += 5s;
  EXPECT_TRUE(begin());
  // From now on messages are a second apart.
  EXPECT_EQ(pace_.begin("g", "d", {}, now_), now_ + 1s);
  EXPECT_FALSE(pace_.may_go_on("g", {}, 1, now_));
  now_ += 1s;
  EXPECT_TRUE(pace_.may_go_on("g", {}, 1, now_));
}

TEST_F(PaceTest, one_wave_of_refusals_counts_once) {
  for (int i = 0; i < 100; ++i) pace_.note("g", PaceSign::taken, now_);
  double const before = state().allowed;
  for (int i = 0; i < 10; ++i) pace_.note("g", PaceSign::slow_down, now_);
  EXPECT_DOUBLE_EQ(state().allowed, before / 2);
}

TEST_F(PaceTest, pauses_ever_longer_up_to_a_quarter_of_an_hour) {
  SteadyTime::duration last{0};
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(begin());
    end(PaceSign::slow_down);
    SteadyTime const next = pace_.begin("g", "d", {}, now_).value();
    EXPECT_GE(next - now_, last);
    last = next - now_;
    now_ = next;
  }
  EXPECT_EQ(last, 15min);
  EXPECT_DOUBLE_EQ(state().allowed, 1);
  EXPECT_EQ(state().apart, 30s);
}

TEST_F(PaceTest, forgives_what_was_too_much) {
  ASSERT_TRUE(begin());
  end(PaceSign::slow_down);
  for (int i = 0; i < 60; ++i) pace_.note("g", PaceSign::taken, now_);
  EXPECT_EQ(state().apart, 0ms);
  EXPECT_GT(state().allowed, 5);
}

TEST_F(PaceTest, other_refusals_say_nothing) {
  ASSERT_TRUE(begin());
  end(PaceSign::other);
  EXPECT_EQ(begin_all(), 5U);
}

TEST_F(PaceTest, keeps_to_the_limits_of_the_group) {
  PaceLimits const limits{.connections = 1, .messages = 2, .apart = 100ms};
  EXPECT_TRUE(begin(limits));
  EXPECT_FALSE(begin(limits));
  now_ += 100ms;
  EXPECT_TRUE(pace_.may_go_on("g", limits, 1, now_));
  EXPECT_FALSE(pace_.may_go_on("g", limits, 1, now_));
  now_ += 100ms;
  EXPECT_FALSE(pace_.may_go_on("g", limits, 2, now_));
}

TEST_F(PaceTest, groups_do_not_slow_each_other_down) {
  ASSERT_TRUE(begin());
  end(PaceSign::slow_down);
  EXPECT_FALSE(pace_.begin("other", "d", {}, now_).has_value());
}

}  // namespace
}  // namespace yubin::deliver
