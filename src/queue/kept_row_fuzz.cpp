// Stored bytes that are not what was written: refused, or read as something that is written the same.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "queue/kept_row.h"

using namespace yubin;
using namespace yubin::queue;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  if (auto key = KeptKey::decode(bytes)) YUBIN_ASSERT(key->encode() == bytes);
  if (auto when = decode_told(bytes)) YUBIN_ASSERT(decode_told(encode_told(*when)).value() == *when);
  return 0;
}
