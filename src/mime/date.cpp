#include "mime/date.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "base/text.h"

namespace yubin::mime {

namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

constexpr std::size_t kMaxDate = 200;

constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

struct NamedZone {
  std::string_view name;
  int hours;
};
// obs-zone (RFC 5322 section 4.3), then names that mail from Japan and Europe carries. Others are unknown, as the RFC
// has it: one name stands for several zones.
constexpr NamedZone kZones[] = {{"UT", 0},   {"GMT", 0},  {"UTC", 0},  {"Z", 0},    {"EST", -5}, {"EDT", -4},
                                {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7},
                                {"JST", 9},  {"KST", 9},  {"CET", 1},  {"CEST", 2}, {"BST", 1}};

// The index of the name that `word` is, or abbreviates by three letters or more.
template <std::size_t N>
std::optional<unsigned> find_name(std::array<std::string_view, N> const& names, std::string_view word) {
  if (word.size() < 3) return std::nullopt;
  for (unsigned i = 0; i < N; ++i) {
    if (istarts_with(names[i], word)) return i;
  }
  return std::nullopt;
}

std::optional<int> number(std::string_view digits) {
  auto value = parse_number(digits);
  if (!value || digits.size() > 9) return std::nullopt;
  return static_cast<int>(*value);
}

// What has been seen of a date, in whatever order it stood.
struct Parts {
  std::optional<int> year;
  std::optional<unsigned> month;  // from 1
  std::optional<int> day;
  std::optional<seconds> time;
  std::optional<minutes> zone;
  bool zone_known = false;

  Result<DateTime> date_time() const;
};

Result<DateTime> Parts::date_time() const {
  if (!year || !month || !day) return fail(Errc::syntax, "no date");
  if (*year > 9999 || *day < 1 || *day > 31) return fail(Errc::syntax, "no such date");
  year_month_day date(std::chrono::year{*year}, std::chrono::month{*month},
                      std::chrono::day{static_cast<unsigned>(*day)});
  if (!date.ok()) return fail(Errc::syntax, "no such day in that month");
  sys_seconds local = sys_days(date) + time.value_or(seconds(0));
  if (local >= sys_days(std::chrono::year{10000} / 1 / 1)) return fail(Errc::syntax, "a leap second too late");
  DateTime out{.time = local - zone.value_or(minutes(0)), .zone = zone.value_or(minutes(0)), .zone_known = zone_known};
  return out;
}

// hour ":" minute [ ":" second [ "." fraction ] ]
std::optional<seconds> time_of_day(std::string_view text) {
  if (std::size_t fraction = text.find('.'); fraction != std::string_view::npos && text.find(':') < fraction)
    text = text.substr(0, fraction);
  auto parts = split(text, text.find(':') == std::string_view::npos ? '.' : ':');
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  auto hour = number(parts[0]);
  auto minute = number(parts[1]);
  auto second = parts.size() == 3 ? number(parts[2]) : 0;
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return seconds(*hour * 3600 + *minute * 60 + *second);
}

// ("+" / "-") 4DIGIT, and the same with a colon.
std::optional<minutes> numeric_zone(std::string_view text) {
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  std::string digits;
  for (char c : text.substr(1)) {
    if (c != ':') digits.push_back(c);
  }
  if (digits.size() == 2) digits += "00";
  auto value = number(digits);
  if (digits.size() != 4 || !value || *value / 100 > 23 || *value % 100 > 59) return std::nullopt;
  int in_minutes = *value / 100 * 60 + *value % 100;
  return minutes(text.front() == '-' ? -in_minutes : in_minutes);
}

// RFC 5322 section 4.3: two digits are 1950 to 2049, three are counted from 1900.
int full_year(std::string_view digits, int value) {
  if (digits.size() == 2) return value < 50 ? value + 2000 : value + 1900;
  if (digits.size() == 3) return value + 1900;
  return value;
}

class DateParser {
 public:
  Result<DateTime> parse(std::string_view text);

 private:
  bool token(std::string_view text);
  bool word(std::string_view text);
  bool digits(std::string_view text);
  bool dashed(std::string_view text);
  bool timed(std::string_view text);
  bool zone(std::string_view text);

  Parts parts_;
};

// Without comments, and without the white space that obs-hour and obs-minute permit around a colon.
std::string normalized(std::string_view text) {
  std::string out;
  int depth = 0;  // of comments
  for (char c : text.substr(0, kMaxDate)) {
    if (c == '(') ++depth;
    bool inside = depth > 0;
    if (c == ')' && depth > 0) --depth;
    bool blank = inside || c == ' ' || c == '\t' || c == ',' || c == ')' || c == '\r' || c == '\n' || c == '"';
    if (blank && (out.empty() || out.back() == ' ' || out.back() == ':')) continue;
    if (c == ':' && !inside && out.ends_with(' ')) out.pop_back();
    out.push_back(blank ? ' ' : c);
  }
  return out;
}

Result<DateTime> DateParser::parse(std::string_view text) {
  std::string clean = normalized(text);
  for (std::string_view piece : split(clean, ' ')) {
    if (!piece.empty() && !token(piece)) return fail(Errc::syntax, "not a date");
  }
  return parts_.date_time();
}

bool DateParser::token(std::string_view text) {
  if (is_alpha(text.front())) return word(text);
  if (text.front() == '+' || (text.front() == '-' && parts_.time)) return zone(text);
  if (!is_digit(text.front())) return text == "-";
  if (text.find(':') != std::string_view::npos) return timed(text);
  if (text.find('-') != std::string_view::npos || text.find('/') != std::string_view::npos) return dashed(text);
  if (std::ranges::all_of(text, is_digit)) return digits(text);
  // "2nd", "5.", "10.30.00"
  if (auto time = time_of_day(text); time && !parts_.time) return parts_.time = time, true;
  auto end = std::ranges::find_if_not(text, is_digit);
  return digits(text.substr(0, static_cast<std::size_t>(end - text.begin())));
}

bool DateParser::word(std::string_view text) {
  auto end = std::ranges::find_if_not(text, is_alpha);
  std::string_view letters = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  std::string_view rest = text.substr(letters.size());
  if (auto index = find_name(kMonths, letters); index && !parts_.month) {
    parts_.month = *index + 1;
    return true;
  }
  if (find_name(kDays, letters)) return true;
  if (!rest.empty() && (rest.front() == '+' || rest.front() == '-')) return zone(rest);  // GMT+0900
  if (!parts_.time || parts_.zone) return true;  // "at", "AM" and such: nothing that we know
  for (NamedZone const& named : kZones) {
    if (!iequals(named.name, letters)) continue;
    parts_.zone = minutes(named.hours * 60);
    parts_.zone_known = true;
  }
  return true;
}

bool DateParser::digits(std::string_view text) {
  auto value = number(text);
  if (!value) return false;
  if (text.size() >= 3 || parts_.day) {
    if (!parts_.year) parts_.year = full_year(text, *value);
    return true;
  }
  parts_.day = value;
  return true;
}

// 17-Jul-1996, 1996-07-17, 1996/07/17, and with a time behind a T but no colon (ISO 8601 basic form is not mail).
bool DateParser::dashed(std::string_view text) {
  auto pieces = split(text, text.find('-') == std::string_view::npos ? '/' : '-');
  if (pieces.size() != 3 || parts_.year) return false;
  if (auto month = find_name(kMonths, pieces[1])) {
    parts_.month = *month + 1;
    parts_.day = number(pieces[0]);
    if (auto value = number(pieces[2])) parts_.year = full_year(pieces[2], *value);
    return true;
  }
  auto month = number(pieces[1]);
  if (pieces[0].size() != 4 || !month || *month < 1 || *month > 12) return false;
  parts_.year = number(pieces[0]);
  parts_.month = static_cast<unsigned>(*month);
  parts_.day = number(pieces[2]);
  return true;
}

// A token with a colon: the time, perhaps behind a date and a T, perhaps with the zone stuck to it.
bool DateParser::timed(std::string_view text) {
  if (std::size_t t = text.find_first_of("Tt"); t != std::string_view::npos) {
    if (!dashed(text.substr(0, t))) return false;
    text.remove_prefix(t + 1);
  }
  std::size_t end = text.find_first_not_of("0123456789:.");
  auto time = time_of_day(text.substr(0, end));
  if (!time || parts_.time) return false;
  parts_.time = time;
  if (end == std::string_view::npos) return true;
  std::string_view rest = text.substr(end);
  return is_alpha(rest.front()) ? word(rest) : zone(rest);
}

bool DateParser::zone(std::string_view text) {
  auto zone = numeric_zone(text);
  if (!zone) return parts_.time.has_value();                        // nonsense where a zone should be: unknown
  if (parts_.zone_known && parts_.zone != minutes(0)) return true;  // the first one counts
  parts_.zone = zone;
  parts_.zone_known = text != "-0000";
  return true;
}

bool has_form(std::string_view text, std::string_view form) {
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == '9' ? !is_digit(text[i]) : form[i] == 'a' ? !is_alpha(text[i]) : form[i] != text[i]) return false;
  }
  return true;
}

struct Calendar {
  year_month_day date;
  int hour, minute, second;
  std::string zone;
};

Calendar calendar(DateTime const& date) {
  sys_seconds local = date.time + date.zone;
  sys_days midnight = std::chrono::floor<days>(local);
  auto in_day = (local - midnight).count();
  auto zone = std::abs(date.zone.count());
  char sign = date.zone.count() < 0 || !date.zone_known ? '-' : '+';
  return {.date = year_month_day(midnight),
          .hour = static_cast<int>(in_day / 3600),
          .minute = static_cast<int>(in_day / 60 % 60),
          .second = static_cast<int>(in_day % 60),
          .zone = fmt::format("{}{:02}{:02}", sign, zone / 60, zone % 60)};
}

std::string_view month_name(year_month_day const& date) {
  return kMonths[static_cast<unsigned>(date.month()) - 1].substr(0, 3);
}

}  // namespace

Result<DateTime> parse_date(std::string_view text) {
  return DateParser().parse(text);
}

std::string format_date(DateTime const& date) {
  Calendar c = calendar(date);
  unsigned weekday = std::chrono::weekday(sys_days(c.date)).c_encoding();
  return fmt::format("{}, {} {} {:04} {:02}:{:02}:{:02} {}", kDays[weekday].substr(0, 3),
                     static_cast<unsigned>(c.date.day()), month_name(c.date), static_cast<int>(c.date.year()), c.hour,
                     c.minute, c.second, c.zone);
}

std::string format_date(std::int64_t seconds_since_1970, std::int32_t zone_minutes) {
  return format_date({.time = sys_seconds(seconds(seconds_since_1970)), .zone = minutes(zone_minutes)});
}

Result<DateTime> parse_internal_date(std::string_view text) {
  std::string form(text);
  if (form.starts_with(' ')) form.front() = '0';
  if (!has_form(form, "99-aaa-9999 99:99:99 +9999") && !has_form(form, "99-aaa-9999 99:99:99 -9999"))
    return fail(Errc::syntax, "not a date-time");
  std::string_view all = form;
  Parts parts;
  parts.day = number(all.substr(0, 2));
  auto month = find_name(kMonths, all.substr(3, 3));
  if (month) parts.month = *month + 1;
  parts.year = number(all.substr(7, 4));
  parts.time = time_of_day(all.substr(12, 8));
  parts.zone = numeric_zone(all.substr(21));
  parts.zone_known = all.substr(21) != "-0000";
  if (!parts.time || !parts.zone) return fail(Errc::syntax, "no such time or zone");
  return parts.date_time();
}

std::string format_internal_date(DateTime const& date) {
  Calendar c = calendar(date);
  return fmt::format("{:2}-{}-{:04} {:02}:{:02}:{:02} {}", static_cast<unsigned>(c.date.day()), month_name(c.date),
                     static_cast<int>(c.date.year()), c.hour, c.minute, c.second, c.zone);
}

}  // namespace yubin::mime
