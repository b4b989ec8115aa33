// Dates as mail writes them: RFC 5322's date-time, what software really sends in its place, and IMAP's INTERNALDATE.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::mime {

// A moment, and the zone in which it was written. Years 0 to 9999.
struct DateTime {
  std::chrono::sys_seconds time;
  std::chrono::minutes zone{0};  // east of UTC; within a day
  bool zone_known = true;        // false: "-0000", no zone or a military one (RFC 5322 sections 3.3, 4.3)

  friend bool operator==(DateTime const&, DateTime const&) = default;
};

// The value of a Date field. Takes date-time with its obsolete forms (RFC 5322 section 4.3) and, because they come in
// real mail: full names of months and days, asctime(), ISO 8601, zones such as JST, "GMT+0900" or "+09:00", a missing
// time of day. A day of the week is not compared with the date. Errc::syntax when no date can be seen in it.
// Linear; reads at most 200 bytes.
Result<DateTime> parse_date(std::string_view text);

// date-time (RFC 5322 section 3.3) for Date and Received fields: "Fri, 5 Jul 1996 02:44:25 -0700".
std::string format_date(DateTime const& date);
// The same of seconds since 1970 and minutes east of UTC, as records keep a date.
std::string format_date(std::int64_t seconds, std::int32_t zone_minutes);

// date-time of IMAP (RFC 9051 section 9) without its quotes: "17-Jul-1996 02:44:25 -0700", " 7-Jul-1996 ...".
// Exactly this form: Errc::syntax otherwise.
Result<DateTime> parse_internal_date(std::string_view text);
std::string format_internal_date(DateTime const& date);

}  // namespace yubin::mime
