// Any archive: what comes out is within the limits; gzip likewise.
#include <cstdint>

#include "base/assert.h"
#include "report/gzip.h"
#include "report/zip.h"

using namespace yubin::report;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  constexpr std::size_t kFiles = 4;
  constexpr std::size_t kBytes = 10'000;
  std::size_t room = kBytes;
  if (auto const files = read_zip(bytes, kFiles, room)) {
    std::size_t sum = 0;
    for (ZipFile const& file : *files) sum += file.bytes.size();
    YUBIN_ASSERT(files->size() <= kFiles && sum == kBytes - room);
  }
  room = kBytes;
  if (auto const text = gunzip(bytes, room)) {
    YUBIN_ASSERT(text->size() == kBytes - room);
    std::size_t just = text->size();
    YUBIN_ASSERT(gunzip(gzip(*text), just).value() == *text && just == 0);
  }
  return 0;
}
