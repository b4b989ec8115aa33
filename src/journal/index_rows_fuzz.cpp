// A stored posting is refused, or its ids rise, are of one minute, and encode to what decodes to the same.
#include <algorithm>
#include <cstdint>

#include "base/assert.h"
#include "journal/index_rows.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin;
  using namespace yubin::journal;
  constexpr std::size_t kKey = 32;
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  auto const posting = decode_posting(input.substr(0, kKey), input.substr(std::min(size, kKey)));
  if (!posting) {
    YUBIN_ASSERT(posting.error().code == Errc::corrupt);
    return 0;
  }
  YUBIN_ASSERT(std::ranges::is_sorted(posting->ids));
  kv::Row const row = encode_posting(*posting);
  YUBIN_ASSERT(row.key == input.substr(0, kKey) && decode_posting(row.key, row.value) == posting);
  return 0;
}
