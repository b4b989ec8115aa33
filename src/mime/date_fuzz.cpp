// A date that is read can be written in both forms and read again.
#include "mime/date.h"

#include <cstdint>

#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin::mime;
  std::string_view text(reinterpret_cast<char const*>(data), size);
  for (auto const& date : {parse_date(text), parse_internal_date(text)}) {
    if (!date) continue;
    YUBIN_ASSERT(parse_date(format_date(*date)) == *date);
    YUBIN_ASSERT(parse_internal_date(format_internal_date(*date)) == *date);
  }
  return 0;
}
