// The example of docs/FORMAT.md.
#include "queue/alarms.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace yubin::queue {
namespace {

std::string hex(std::string_view spaced) {
  std::string out(spaced);
  std::erase(out, ' ');
  return from_hex(out).value();
}

Alarm const kAlarm{
    .what = {"L", "192.0.2.5"}, .first = 1'700'000'000, .last = 1'700'000'300, .count = 2, .host = "mx", .said = "550"};

TEST(Alarm, row) {
  auto const [key, value] = encode_alarm(kAlarm);
  EXPECT_EQ(key, hex("05 4c 00 3139322e302e322e35"));
  EXPECT_EQ(value, hex("01 80c49fd50c d8c89fd50c 02 02 6d78 03 353530"));
  EXPECT_EQ(decode_alarm(key, value).value(), kAlarm);
  for (std::size_t i = 0; i < value.size(); ++i) EXPECT_FALSE(decode_alarm(key, value.substr(0, i)).has_value()) << i;
  EXPECT_FALSE(decode_alarm("", value).has_value());
}

smtp::Outcome refused(int i) {
  return smtp::Failed{{{5, 7, 1}, "550 blocked using l" + std::to_string(i) + ".test", "mx", ""}};
}

TEST(Alarms, are_written_when_new_and_then_once_a_minute) {
  Alarms alarms;
  smtp::Outcome const one[] = {refused(1)};
  EXPECT_EQ(alarms.note(one, 1000).size(), 1U);
  EXPECT_EQ(alarms.note(one, 1001).size(), 0U);
  EXPECT_EQ(alarms.note(one, 1060).size(), 1U);
  EXPECT_EQ(alarms.current(1060)[0].count, 3U);
}

TEST(Alarms, are_at_most_so_many) {
  Alarms alarms;
  for (int i = 0; i < 100; ++i) {
    smtp::Outcome const one[] = {refused(i)};
    alarms.note(one, 1000);
  }
  EXPECT_EQ(alarms.current(1000).size(), Alarms::kMost);
}

}  // namespace
}  // namespace yubin::queue
