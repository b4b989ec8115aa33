#include "base/upkeep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>

#include "base/log.h"

namespace yubin {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

void quiet(LogLevel, std::string_view) {}

class UpkeepTest : public testing::Test {
 protected:
  void run_all_due() {
    while (upkeep.run_one()) {
    }
  }
  // A job that notes that it ran.
  Upkeep::Job noted(std::string name) {
    return [this, name = std::move(name)]() -> Result<> {
      ran.push_back(name);
      return {};
    };
  }

  ManualClock clock{WallTime{}};
  std::vector<std::string> ran;
  Upkeep upkeep{clock};
};

TEST_F(UpkeepTest, RunsAJobAtItsIntervalAndALongOneAMinuteAfterTheStart) {
  upkeep.add("often", seconds(10), noted("often"));
  upkeep.add("daily", hours(24), noted("daily"));
  run_all_due();
  EXPECT_THAT(ran, ElementsAre());
  clock.advance(seconds(10));
  run_all_due();
  EXPECT_THAT(ran, ElementsAre("often"));
  clock.advance(seconds(50));
  run_all_due();
  EXPECT_THAT(ran, ElementsAre("often", "often", "daily"));  // once, however often it was missed
  clock.advance(hours(23));
  run_all_due();
  EXPECT_THAT(ran, ElementsAre("often", "often", "daily", "often"));
}

TEST_F(UpkeepTest, ReportsWhatBecameOfEachJob) {
  bool broken = true;
  upkeep.add("job", seconds(10), [&broken]() -> Result<> {
    if (broken) return fail(Errc::temporary, "disk full");
    return {};
  });
  EXPECT_FALSE(upkeep.reports().at(0).ended);
  clock.advance(seconds(10));
  run_all_due();
  EXPECT_EQ(upkeep.reports().at(0).failure, "disk full");
  EXPECT_EQ(upkeep.reports().at(0).ended, clock.now());
  broken = false;
  clock.advance(seconds(10));
  run_all_due();
  EXPECT_EQ(upkeep.reports().at(0).failure, "");
  EXPECT_EQ(upkeep.reports().at(0).ended, clock.now());
}

TEST_F(UpkeepTest, TheJobThatHasWaitedLongestIsNext) {
  upkeep.add("a", seconds(20), noted("a"));
  upkeep.add("b", seconds(10), noted("b"));
  clock.advance(seconds(30));
  run_all_due();
  EXPECT_THAT(ran, ElementsAre("b", "a"));
}

TEST_F(UpkeepTest, OthersGetTheirTurnBetweenTheSlicesOfALongJob) {
  int slices = 3;
  upkeep.add_in_turns("long", seconds(1), [&]() -> Result<Turn> {
    ran.emplace_back("long");
    clock.advance(seconds(1));
    return --slices > 0 ? Turn::more : Turn::done;
  });
  upkeep.add("short", seconds(2), noted("short"));
  clock.advance(seconds(1));
  EXPECT_TRUE(upkeep.run_one());  // it is at 2 s now
  EXPECT_TRUE(upkeep.run_one());
  EXPECT_TRUE(upkeep.run_one());
  EXPECT_THAT(ran, ElementsAre("long", "long", "short"));
  EXPECT_TRUE(upkeep.run_one());
  EXPECT_THAT(ran, ElementsAre("long", "long", "short", "long"));
}

TEST_F(UpkeepTest, AFailureIsLoggedWithItsReasonAndTriedAgainEverMoreSeldom) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
  bool broken = true;
  upkeep.add("job", minutes(1), [&]() -> Result<> {
    ran.emplace_back("job");
    if (broken) return fail(Errc::temporary, "the disk is full");
    return {};
  });
  upkeep.add("other", minutes(1), noted("other"));
  auto const after = [&](std::chrono::microseconds time) {
    ran.clear();
    clock.advance(time);
    run_all_due();
    return ran;
  };
  EXPECT_THAT(after(minutes(1)), ElementsAre("job", "other"));
  EXPECT_THAT(after(seconds(9)), ElementsAre());
  EXPECT_THAT(after(seconds(1)), ElementsAre("job"));
  EXPECT_THAT(after(seconds(19)), ElementsAre());
  EXPECT_THAT(after(seconds(1)), ElementsAre("job"));
  EXPECT_THAT(after(seconds(30)), ElementsAre("other"));
  broken = false;
  EXPECT_THAT(after(minutes(1)), ElementsAre("job", "other"));
  set_log_sink(&quiet);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[0], HasSubstr("upkeep.job_failed job=job error=\"the disk is full\" again_after_ms=10000"));
  EXPECT_THAT(lines[2], HasSubstr("again_after_ms=40000"));
  EXPECT_THAT(lines[3], HasSubstr("upkeep.job_works_again job=job"));
}

TEST_F(UpkeepTest, ExhaustedMemoryInAJobIsAFailureLikeAnother) {
  set_log_sink(&quiet);
  upkeep.add("greedy", seconds(10), [&]() -> Result<> {
    ran.emplace_back("greedy");
    throw std::bad_alloc();
  });
  clock.advance(seconds(10));
  run_all_due();
  clock.advance(seconds(10));
  run_all_due();
  set_log_sink(&quiet);
  EXPECT_THAT(ran, ElementsAre("greedy", "greedy"));
}

TEST_F(UpkeepTest, AJobCanBeMadeDueAlsoWhileItRuns) {
  upkeep.add("job", hours(1), [&]() -> Result<> {
    ran.emplace_back("job");
    if (ran.size() == 1) upkeep.run_soon("job");
    return {};
  });
  EXPECT_FALSE(upkeep.run_soon("another"));
  EXPECT_TRUE(upkeep.run_soon("job"));
  run_all_due();
  EXPECT_THAT(ran, ElementsAre("job", "job"));
}

TEST_F(UpkeepTest, TheThreadRunsWhatIsDueAndStopsWithoutWaitingForTheRest) {
  std::latch started(1);
  std::latch go_on(1);
  upkeep.add("never", hours(1), noted("never"));
  upkeep.add_in_turns("endless", hours(1), [&]() -> Result<Turn> {
    if (!started.try_wait()) started.count_down();
    go_on.wait();
    return Turn::more;
  });
  upkeep.start();
  EXPECT_TRUE(upkeep.run_soon("endless"));
  started.wait();
  go_on.count_down();
  upkeep.stop();
  EXPECT_THAT(ran, ElementsAre());
}

}  // namespace
}  // namespace yubin
