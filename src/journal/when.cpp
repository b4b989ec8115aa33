#include "journal/when.h"

#include <fmt/format.h>

#include <ctime>
#include <optional>

#include "base/text.h"

namespace yubin::journal {

namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::seconds;

struct LocalTime {
  std::chrono::year_month_day day;
  microseconds clock{0};
};

WallTime in_zone(LocalTime const& time, Zone zone) {
  if (zone == Zone::utc) return std::chrono::sys_days(time.day) + time.clock;
  std::tm fields{};
  fields.tm_year = static_cast<int>(time.day.year()) - 1900;
  fields.tm_mon = static_cast<int>(static_cast<unsigned>(time.day.month())) - 1;
  fields.tm_mday = static_cast<int>(static_cast<unsigned>(time.day.day()));
  fields.tm_sec = static_cast<int>(std::chrono::floor<seconds>(time.clock).count());  // mktime carries over
  fields.tm_isdst = -1;
  std::time_t const whole = std::mktime(&fields);
  return WallTime(seconds(whole)) + time.clock % seconds(1);
}

std::chrono::year_month_day day_of(WallTime time, Zone zone) {
  if (zone == Zone::utc) return std::chrono::floor<std::chrono::days>(time);
  std::time_t const whole = std::chrono::floor<seconds>(time).time_since_epoch().count();
  std::tm fields{};
  ::localtime_r(&whole, &fields);
  return std::chrono::year(fields.tm_year + 1900) / (fields.tm_mon + 1) / fields.tm_mday;
}

// Takes what a time is made of from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(std::string_view any_of) {
    if (rest_.empty() || !any_of.contains(rest_.front())) return false;
    taken_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  char taken() const { return taken_; }
  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    std::optional<std::uint64_t> const number = parse_number(rest_.substr(0, count));
    if (!number) return std::nullopt;
    rest_.remove_prefix(count);
    return static_cast<int>(*number);
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  char taken_ = 0;
};

std::optional<std::chrono::year_month_day> full_date(Scanner& in) {
  auto const year = in.digits(4);
  if (!year || !in.take("-")) return std::nullopt;
  auto const month = in.digits(2);
  if (!month || !in.take("-")) return std::nullopt;
  auto const day = in.digits(2);
  if (!day) return std::nullopt;
  auto const date = std::chrono::year(*year) / *month / *day;
  if (!date.ok()) return std::nullopt;
  return date;
}

std::optional<microseconds> fraction(Scanner& in) {
  microseconds value{0};
  int digits = 0;
  for (microseconds unit = 100ms; in.take("0123456789"); unit /= 10, ++digits) value += unit * (in.taken() - '0');
  if (digits == 0) return std::nullopt;
  return value;
}

std::optional<microseconds> time_of_day(Scanner& in) {
  auto const hour = in.digits(2);
  if (!hour || *hour > 23 || !in.take(":")) return std::nullopt;
  auto const minute = in.digits(2);
  if (!minute || *minute > 59) return std::nullopt;
  microseconds clock = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (!in.take(":")) return clock;
  auto const second = in.digits(2);
  if (!second || *second > 60) return std::nullopt;
  clock += seconds(*second);
  if (!in.take(".")) return clock;
  auto const part = fraction(in);
  if (!part) return std::nullopt;
  return clock + *part;
}

std::optional<std::chrono::minutes> offset(Scanner& in) {
  if (in.take("Zz")) return 0min;
  if (!in.take("+-")) return std::nullopt;
  int const sign = in.taken() == '-' ? -1 : 1;
  auto const hours = in.digits(2);
  (void)in.take(":");
  auto const minutes = in.digits(2);
  if (!hours || *hours > 23 || !minutes || *minutes > 59) return std::nullopt;
  return sign * (std::chrono::hours(*hours) + std::chrono::minutes(*minutes));
}

std::optional<WallTime> date_and_time(std::string_view text, Zone zone) {
  Scanner in(text);
  auto const day = full_date(in);
  if (!day) return std::nullopt;
  LocalTime time{*day};
  if (in.at_end()) return in_zone(time, zone);
  if (!in.take("Tt ")) return std::nullopt;
  auto const clock = time_of_day(in);
  if (!clock) return std::nullopt;
  time.clock = *clock;
  if (in.at_end()) return in_zone(time, zone);
  auto const shift = offset(in);
  if (!shift || !in.at_end()) return std::nullopt;
  return in_zone(time, Zone::utc) - *shift;
}

std::optional<WallTime> ago(std::string_view text, WallTime now) {
  if (text.size() < 2 || text.size() > 8) return std::nullopt;
  std::optional<std::uint64_t> const number = parse_number(text.substr(0, text.size() - 1));
  if (!number) return std::nullopt;
  switch (text.back()) {
    case 's':
      return now - seconds(*number);
    case 'm':
      return now - std::chrono::minutes(*number);
    case 'h':
      return now - std::chrono::hours(*number);
    case 'd':
      return now - std::chrono::days(*number);
    case 'w':
      return now - std::chrono::weeks(*number);
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<WallTime> parse_when(std::string_view text, WallTime now, Zone zone) {
  if (text == "now") return now;
  if (text == "today") return in_zone({day_of(now, zone)}, zone);
  if (text == "yesterday") {
    std::chrono::sys_days const today = day_of(now, zone);
    return in_zone({today - std::chrono::days(1)}, zone);
  }
  if (auto const time = ago(text, now)) return *time;
  if (auto const time = date_and_time(text, zone)) return *time;
  return fail(Errc::syntax, fmt::format("{} is no time; write it like 2h, 3d, today, yesterday, 2026-11-22 or "
                                        "2026-11-22T10:30",
                                        quoted(text)));
}

std::string rfc3339(WallTime time) {
  auto const day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day const date(day);
  std::chrono::hh_mm_ss const clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string local_rfc3339(WallTime time) {
  std::time_t const whole = std::chrono::floor<seconds>(time).time_since_epoch().count();
  std::tm fields{};
  ::localtime_r(&whole, &fields);
  long const east = fields.tm_gmtoff / 60;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}", fields.tm_year + 1900, fields.tm_mon + 1,
                     fields.tm_mday, fields.tm_hour, fields.tm_min, fields.tm_sec, east < 0 ? '-' : '+',
                     std::labs(east) / 60, std::labs(east) % 60);
}

}  // namespace yubin::journal
