#include "net/timer_wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

namespace yubin::net {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class TimerWheelTest : public testing::Test {
 protected:
  TimerWheelTest() { clock_.advance(17ms); }

  std::unique_ptr<Timer> timer(int name) {
    return std::make_unique<Timer>([this, name] { fired_.push_back(name); });
  }
  void arm(std::unique_ptr<Timer>& timer, std::chrono::milliseconds after) {
    wheel_.arm(*timer, clock_.steady() + after);
  }
  void pass(std::chrono::milliseconds time) {
    clock_.advance(time);
    wheel_.advance(clock_.steady());
  }

  ManualClock clock_{WallTime{}};
  TimerWheel wheel_{clock_.steady()};
  std::vector<int> fired_;
};

TEST_F(TimerWheelTest, fires_once_and_never_early) {
  auto a = timer(1);
  arm(a, 1000ms);
  pass(999ms);
  EXPECT_THAT(fired_, ElementsAre());
  EXPECT_TRUE(a->armed());
  pass(TimerWheel::kSlot);
  EXPECT_THAT(fired_, ElementsAre(1));
  EXPECT_FALSE(a->armed());
  EXPECT_TRUE(wheel_.empty());
  pass(1h);
  EXPECT_THAT(fired_, ElementsAre(1));
}

TEST_F(TimerWheelTest, moved_disarmed_and_destroyed_timers_do_not_fire) {
  auto moved = timer(1);
  auto disarmed = timer(2);
  auto destroyed = timer(3);
  arm(moved, 1s);
  arm(disarmed, 1s);
  arm(destroyed, 1s);
  arm(moved, 10s);
  disarmed->disarm();
  destroyed.reset();
  pass(5s);
  EXPECT_THAT(fired_, ElementsAre());
  pass(6s);
  EXPECT_THAT(fired_, ElementsAre(1));
}

TEST_F(TimerWheelTest, deadlines_beyond_one_turn_wait_for_their_turn) {
  auto near = timer(1);
  auto far = timer(2);
  arm(near, 1s);
  arm(far, 30min);
  for (int i = 0; i < 29 * 60; ++i) pass(1s);
  EXPECT_THAT(fired_, ElementsAre(1));
  pass(61s);
  EXPECT_THAT(fired_, ElementsAre(1, 2));
}

TEST_F(TimerWheelTest, a_long_pause_fires_all) {
  auto a = timer(1);
  auto b = timer(2);
  auto c = timer(3);
  arm(c, 90s);
  arm(a, 1s);
  arm(b, 2s);
  pass(24h);
  EXPECT_THAT(fired_, UnorderedElementsAre(1, 2, 3));
}

TEST_F(TimerWheelTest, what_is_overdue_fires_at_the_next_slot) {
  pass(10s);
  auto a = timer(1);
  arm(a, -5s);
  EXPECT_THAT(fired_, ElementsAre());
  pass(TimerWheel::kSlot);
  EXPECT_THAT(fired_, ElementsAre(1));
}

TEST_F(TimerWheelTest, a_firing_timer_may_set_itself_and_stop_others) {
  auto victim = timer(9);
  std::unique_ptr<Timer> again;
  again = std::make_unique<Timer>([&] {
    fired_.push_back(1);
    victim.reset();
    if (fired_.size() < 3) wheel_.arm(*again, clock_.steady() + 1s);
  });
  arm(again, 1s);
  arm(victim, 1s);
  for (int i = 0; i < 100; ++i) pass(100ms);
  EXPECT_THAT(fired_, ElementsAre(1, 1, 1));
  EXPECT_TRUE(wheel_.empty());
}

// Against the obvious implementation: every timer fires after its due time and within a slot of it.
TEST_F(TimerWheelTest, any_history_agrees_with_a_sorted_list) {
  std::mt19937 random(7);
  auto up_to = [&](unsigned n) { return static_cast<int>(random() % n); };
  std::vector<std::unique_ptr<Timer>> timers;
  std::map<int, SteadyTime> due;
  for (int i = 0; i < 200; ++i) timers.push_back(timer(i));
  for (int step = 0; step < 20000; ++step) {
    int const which = up_to(200);
    auto& chosen = timers[static_cast<std::size_t>(which)];
    if (up_to(10) == 0) {
      chosen->disarm();
      due.erase(which);
    } else if (up_to(2) == 0) {
      std::chrono::milliseconds const after(up_to(300000));
      arm(chosen, after);
      due[which] = clock_.steady() + after;
    }
    pass(std::chrono::milliseconds(up_to(up_to(50) == 0 ? 200000 : 400)));
    for (int name : fired_) {
      ASSERT_TRUE(due.contains(name));
      ASSERT_LE(due[name], clock_.steady());
      due.erase(name);
    }
    fired_.clear();
    for (auto const& [name, time] : due) ASSERT_GT(time + TimerWheel::kSlot, clock_.steady()) << name;
  }
  for (auto& one : timers) one->disarm();
}

}  // namespace
}  // namespace yubin::net
