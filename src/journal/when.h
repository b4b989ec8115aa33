// Points in time as people write them on a command line.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace yubin::journal {

enum class Zone { utc, local };  // of times that do not name theirs

//   now, today, yesterday         a day stands for its first moment
//   90s, 15m, 2h, 3d, 1w          so long ago
//   2026-11-22                    and with a time of day: 2026-11-22T10:30, 2026-11-22 10:30:05.25, …+09:00, …Z
//                                 (RFC 3339 section 5.6, with what a person leaves out)
// Errors: syntax, in one sentence that says how to write it.
Result<WallTime> parse_when(std::string_view text, WallTime now, Zone zone);

// RFC 3339 section 5.6: with microseconds in UTC, or to the second with the offset of this machine's zone.
std::string rfc3339(WallTime time);
std::string local_rfc3339(WallTime time);

}  // namespace yubin::journal
