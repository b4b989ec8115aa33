// A time is refused in one sentence, or it is a time: printed and read again it is the same.
#include <cstdint>

#include "base/assert.h"
#include "journal/when.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin;
  using namespace yubin::journal;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  WallTime const now(std::chrono::seconds(1'795'311'000));
  auto const time = parse_when(text, now, Zone::utc);
  if (!time) {
    YUBIN_ASSERT(time.error().code == Errc::syntax && !time.error().detail.contains('\n'));
    return 0;
  }
  std::string const printed = rfc3339(*time);
  if (*time < WallTime{} || printed.size() != 27) return 0;  // before 1970 or after 9999: nothing of ours
  YUBIN_ASSERT(parse_when(printed, now, Zone::local) == *time);
  return 0;
}
