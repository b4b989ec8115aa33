// Pace, with the time by hand.
#include "deliver/pace.h"

#include <gtest/gtest.h>

namespace yubin::deliver {
namespace {

using namespace std::chrono_literals;

class PaceTest : public testing::Test {
 protected:
  static queue::Stream to(std::string destination, std::string sender = "hanako") {
    return {std::move(destination), queue::Priority::normal, std::move(sender)};
  }
  // Whether a connection may begin at once.
  bool begin(PaceLimits const& limits = {}) { return pace_.begin("g", to("d"), limits, now_) == now_; }
  SteadyTime when_to_ask_again() { return pace_.begin("g", to("d"), {}, now_).error(); }
  // The destination; empty: none.
  std::string call_next(PaceLimits const& limits = {}) {
    return pace_.call_next("g", limits, now_).value_or(queue::Stream{}).destination;
  }
  void end(PaceSign sign) {
    pace_.note("g", sign, now_);
    pace_.end("g", now_);
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

TEST_F(PaceTest, who_waits_for_a_connection_is_called_when_one_ends) {
  EXPECT_EQ(begin_all(), 5U);
  for (char const* destination : {"d", "e", "e"}) pace_.join("g", to(destination));
  EXPECT_EQ(call_next(), "");
  pace_.end("g", now_);
  EXPECT_EQ(pace_.call_next("other", {}, now_), std::nullopt);
  EXPECT_EQ(call_next({.connections = 4}), "");
  EXPECT_EQ(call_next(), "d");
  EXPECT_EQ(call_next(), "");
  pace_.end("g", now_);
  EXPECT_EQ(call_next(), "e");
  EXPECT_EQ(call_next(), "");
}

TEST_F(PaceTest, a_place_is_kept_for_who_was_called) {
  EXPECT_EQ(begin_all(), 5U);
  pace_.join("g", to("e"));
  pace_.end("g", now_);
  EXPECT_EQ(call_next(), "e");
  EXPECT_FALSE(begin());
  EXPECT_TRUE(pace_.begin("g", to("e"), {}, now_).has_value());
}

TEST_F(PaceTest, a_place_is_not_kept_for_who_does_not_come) {
  EXPECT_EQ(begin_all(), 5U);
  pace_.join("g", to("e"));
  pace_.join("g", to("f"));
  pace_.end("g", now_);
  EXPECT_EQ(call_next(), "e");
  pace_.left("g", to("e"));
  EXPECT_EQ(call_next(), "f");
  EXPECT_FALSE(begin());
  now_ += 5s;
  EXPECT_TRUE(begin());
}

TEST_F(PaceTest, senders_in_line_have_turns) {
  EXPECT_EQ(begin_all(), 5U);
  for (char const* destination : {"a", "b", "c"}) pace_.join("g", to(destination, "news"));
  pace_.join("g", to("z"));
  std::string called;
  for (int i = 0; i < 4; ++i) {
    pace_.end("g", now_);
    called += call_next();
  }
  EXPECT_EQ(called, "azbc");
}

// Each has a time of its own within the next second, so few wait for one.
TEST_F(PaceTest, who_may_begin_soon_is_told_when) {
  PaceLimits const limits{.connections = 20, .messages = 100, .apart = 400ms};
  for (auto const wait : {0ms, 400ms, 800ms}) EXPECT_EQ(pace_.begin("g", to("d"), limits, now_), now_ + wait);
  EXPECT_FALSE(pace_.begin("g", to("d"), limits, now_).has_value());
}

TEST_F(PaceTest, halves_and_pauses_when_it_is_too_much) {
  for (int i = 0; i < 100; ++i) pace_.note("g", PaceSign::taken, now_);
  double const before = state().allowed;
  ASSERT_TRUE(begin());
  end(PaceSign::slow_down);
  EXPECT_DOUBLE_EQ(state().allowed, before / 2);
  EXPECT_EQ(when_to_ask_again(), now_ + 5s);
  now_ += 5s;
  EXPECT_TRUE(begin());
  // From now on messages are a second apart.
  EXPECT_EQ(pace_.begin("g", to("d"), {}, now_), now_ + 1s);
  now_ += 1s;
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
    SteadyTime const next = when_to_ask_again();
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
  EXPECT_TRUE(pace_.begin("other", to("d"), {}, now_).has_value());
}

}  // namespace
}  // namespace yubin::deliver
