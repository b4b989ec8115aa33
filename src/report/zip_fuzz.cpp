// Any archive: what comes out is within the limits; gzip likewise.
#include <cstdint>

#include "base/assert.h"
#include "report/gzip.h"
#include "report/zip.h"

using namespace yubin::report;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  ZipLimits const limits{.files = 4, .bytes = 10'000};
  if (auto const files = read_zip(bytes, limits)) {
    std::size_t sum = 0;
    for (ZipFile const& file : *files) sum += file.bytes.size();
    YUBIN_ASSERT(files->size() <= limits.files && sum <= limits.bytes);
  }
  if (auto const text = gunzip(bytes, limits.bytes)) {
    YUBIN_ASSERT(text->size() <= limits.bytes);
    YUBIN_ASSERT(gunzip(gzip(*text), text->size()).value() == *text);
  }
  return 0;
}
