// Stored bytes that are not what was written: refused, or read as something that is written and read the same.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "queue/local_row.h"

using namespace yubin;
using namespace yubin::queue;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  if (Result<LocalRow> row = decode_local(bytes)) YUBIN_ASSERT(decode_local(encode_local(*row)).value() == *row);
  if (Result<LocalKey> key = LocalKey::decode(bytes)) YUBIN_ASSERT(key->encode() == bytes);
  return 0;
}
