#include "journal/when.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace yubin::journal {
namespace {

struct WhenTest : testing::Test {
  void SetUp() override {
    ::setenv("TZ", "JST-9", 1);
    ::tzset();
  }
  void TearDown() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  // 2026-11-22T01:30:00Z
  WallTime const now{std::chrono::seconds(1'795'311'000)};
  std::string utc(std::string_view text) { return show(parse_when(text, now, Zone::utc)); }
  std::string local(std::string_view text) { return show(parse_when(text, now, Zone::local)); }
  static std::string show(Result<WallTime> const& time) { return time ? rfc3339(*time) : time.error().detail; }
};

TEST_F(WhenTest, times_are_written_in_many_ways) {
  EXPECT_EQ(utc("now"), "2026-11-22T01:30:00.000000Z");
  EXPECT_EQ(utc("90s"), "2026-11-22T01:28:30.000000Z");
  EXPECT_EQ(utc("15m"), "2026-11-22T01:15:00.000000Z");
  EXPECT_EQ(utc("2h"), "2026-11-21T23:30:00.000000Z");
  EXPECT_EQ(utc("3d"), "2026-11-19T01:30:00.000000Z");
  EXPECT_EQ(utc("1w"), "2026-11-15T01:30:00.000000Z");
  EXPECT_EQ(utc("today"), "2026-11-22T00:00:00.000000Z");
  EXPECT_EQ(utc("yesterday"), "2026-11-21T00:00:00.000000Z");
  EXPECT_EQ(utc("2026-11-20"), "2026-11-20T00:00:00.000000Z");
  EXPECT_EQ(utc("2026-11-20T10:30"), "2026-11-20T10:30:00.000000Z");
  EXPECT_EQ(utc("2026-11-20 10:30:05.25"), "2026-11-20T10:30:05.250000Z");
  EXPECT_EQ(utc("2026-11-20T10:30:05z"), "2026-11-20T10:30:05.000000Z");
  EXPECT_EQ(utc("2026-11-20T10:30:05+09:00"), "2026-11-20T01:30:05.000000Z");
  EXPECT_EQ(utc("2026-11-20T10:30-0130"), "2026-11-20T12:00:00.000000Z");
}

TEST_F(WhenTest, a_time_without_a_zone_may_be_local) {
  EXPECT_EQ(local("today"), "2026-11-21T15:00:00.000000Z");
  EXPECT_EQ(local("yesterday"), "2026-11-20T15:00:00.000000Z");
  EXPECT_EQ(local("2026-11-20"), "2026-11-19T15:00:00.000000Z");
  EXPECT_EQ(local("2026-11-20T10:30:00.5"), "2026-11-20T01:30:00.500000Z");
  EXPECT_EQ(local("2026-11-20T10:30:00Z"), "2026-11-20T10:30:00.000000Z");
  EXPECT_EQ(local_rfc3339(now), "2026-11-22T10:30:00+09:00");
}

TEST_F(WhenTest, anything_else_is_answered_with_one_sentence) {
  for (char const* text : {"", "h", "2x", "-2h", "2 h", "123456789d", "tomorrow", "2026", "2026-13-01", "2026-02-30",
                           "2026-11-20T", "2026-11-20T24:00", "2026-11-20T10", "2026-11-20T10:30:05.",
                           "2026-11-20T10:3", "2026-11-20T10:30+9", "2026-11-20T10:30Zx", "20261120"}) {
    Result<WallTime> const time = parse_when(text, now, Zone::utc);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code, Errc::syntax);
    EXPECT_NE(time.error().detail.find("write it like 2h"), std::string::npos);
  }
}

}  // namespace
}  // namespace yubin::journal
