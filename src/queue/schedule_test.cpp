#include "queue/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace yubin::queue {
namespace {

using testing::ElementsAre;
using Went = Schedule::Went;

constexpr Seconds kNow = 1000;

Stream stream(std::string destination, std::string sender = "s", Priority priority = Priority::normal) {
  return {std::move(destination), priority, std::move(sender)};
}

// The next stream, of which nobody is left then.
std::string next(Schedule& schedule, Seconds now = kNow) {
  auto const found = schedule.next(now);
  if (!found) return "-";
  schedule.filled(*found, Schedule::kNever);
  return found->destination + " " + found->sender;
}

TEST(Schedule, takes_turns_by_sender_then_by_stream) {
  Schedule schedule({});
  for (char const* destination : {"a", "b", "c"}) schedule.wake(stream(destination, "bulk"), kNow);
  schedule.wake(stream("a", "one"), kNow);
  EXPECT_EQ(next(schedule), "a bulk");
  EXPECT_EQ(next(schedule), "a one");
  EXPECT_EQ(next(schedule), "b bulk");
  EXPECT_EQ(next(schedule), "c bulk");
  EXPECT_EQ(next(schedule), "-");
}

TEST(Schedule, gives_nobody_before_it_is_due) {
  Schedule schedule({});
  schedule.wake(stream("a"), kNow + 10);
  EXPECT_EQ(schedule.earliest(), kNow + 10);
  EXPECT_EQ(next(schedule), "-");
  schedule.wake(stream("a"), kNow + 5);
  EXPECT_EQ(next(schedule, kNow + 5), "a s");
}

TEST(Schedule, somebody_who_comes_while_it_is_taken_is_not_forgotten) {
  Schedule schedule({});
  schedule.wake(stream("a"), kNow);
  auto const taken = schedule.next(kNow);
  schedule.wake(stream("a"), kNow);
  schedule.filled(*taken, Schedule::kNever);
  EXPECT_EQ(next(schedule), "a s");
}

TEST(Schedule, a_full_destination_goes_on_when_a_place_is_free) {
  Schedule schedule({.per_destination = 2});
  for (char const* sender : {"p", "q", "r", "t"}) schedule.wake(stream("a", sender), kNow);
  EXPECT_EQ(next(schedule), "a p");
  EXPECT_EQ(next(schedule), "a q");
  EXPECT_EQ(next(schedule), "-");
  schedule.end(stream("a", "p"), Went::well, kNow);
  EXPECT_EQ(next(schedule), "a r");
  EXPECT_EQ(next(schedule), "-");
  // For a connection that is open the same streams count.
  schedule.end(stream("a", "q"), Went::well, kNow);
  EXPECT_EQ(schedule.next("a", kNow), stream("a", "t"));
  EXPECT_EQ(schedule.next("b", kNow), std::nullopt);
}

TEST(Schedule, one_sender_leaves_room_for_the_next) {
  Schedule schedule({.transactions = 6, .per_destination = 10});
  for (int i = 0; i < 10; ++i) schedule.wake(stream("d" + std::to_string(i), "bulk", Priority::bulk), kNow);
  int taken = 0;
  while (next(schedule) != "-") ++taken;
  EXPECT_EQ(taken, 3);
  schedule.wake(stream("x", "one"), kNow);
  EXPECT_EQ(next(schedule), "x one");
}

TEST(Schedule, what_cannot_be_reached_is_paused_ever_longer) {
  Schedule schedule({});
  Seconds now = kNow;
  std::vector<Seconds> pauses;
  for (int i = 0; i < 7; ++i) {
    schedule.wake(stream("a"), now);
    auto const taken = schedule.next(now);
    ASSERT_TRUE(taken.has_value());
    schedule.filled(*taken, now);
    schedule.end(*taken, Went::unreachable, now);
    EXPECT_EQ(schedule.next(now), std::nullopt);
    pauses.push_back(schedule.earliest() - now);
    now = schedule.earliest();
  }
  EXPECT_THAT(pauses, ElementsAre(60, 120, 240, 480, 960, 1800, 1800));
  schedule.wake(stream("a"), now);
  auto const taken = schedule.next(now);
  schedule.filled(*taken, now);
  schedule.end(*taken, Went::unreachable, now);
  EXPECT_FALSE(schedule.resume(stream("b"), now));
  EXPECT_TRUE(schedule.resume(stream("a"), now));
  EXPECT_EQ(next(schedule, now), "a s");
}

TEST(Schedule, a_stream_is_paused_alone) {
  Schedule schedule({});
  for (char const* sender : {"one", "two"}) schedule.wake(stream("a", sender), kNow);
  schedule.pause(stream("a", "one"), kNow + 10);
  EXPECT_EQ(next(schedule), "a two");
  EXPECT_EQ(next(schedule), "-");
  EXPECT_EQ(schedule.paused_until(stream("a", "one")), kNow + 10);
  schedule.wake(stream("a", "one"), kNow - 1);
  EXPECT_EQ(schedule.earliest(), kNow + 10);
  EXPECT_TRUE(schedule.resume(stream("a", "one"), kNow));
  EXPECT_EQ(next(schedule), "a one");
  EXPECT_FALSE(schedule.resume(stream("a", "one"), kNow));  // somebody has it
}

TEST(Schedule, holds_so_many_streams_and_knows_that_there_are_more) {
  Schedule schedule({.streams = 9});
  int held = 0;
  for (int i = 0; i < 20; ++i) held += schedule.wake(stream("d" + std::to_string(i), "bulk"), kNow) ? 1 : 0;
  EXPECT_EQ(held, 6);
  EXPECT_TRUE(schedule.wants_more(kNow));
  EXPECT_TRUE(schedule.wake(stream("x", "one"), kNow));
  EXPECT_EQ(schedule.held(), 7U);
}

TEST(Schedule, what_is_due_later_makes_room) {
  Schedule schedule({.streams = 3});
  EXPECT_TRUE(schedule.wake(stream("later"), kNow + 100));
  EXPECT_TRUE(schedule.wake(stream("soon"), kNow + 10));
  EXPECT_TRUE(schedule.wake(stream("now"), kNow));
  EXPECT_FALSE(schedule.wants_more(kNow + 99));
  EXPECT_TRUE(schedule.wants_more(kNow + 100));
  EXPECT_EQ(schedule.held(), 2U);
}

TEST(Schedule, forgets_who_has_nothing_left) {
  Schedule schedule({});
  schedule.wake(stream("a"), kNow);
  EXPECT_EQ(next(schedule), "a s");
  schedule.end(stream("a"), Went::well, kNow);
  EXPECT_EQ(schedule.held(), 0U);
  EXPECT_EQ(schedule.earliest(), Schedule::kNever);
}

}  // namespace
}  // namespace yubin::queue
