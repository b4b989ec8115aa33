// Stored bytes that are not what was written: refused, or read as something that is written and read the same.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "queue/message_row.h"

using namespace yubin;
using namespace yubin::queue;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  if (auto row = decode_message(bytes)) YUBIN_ASSERT(decode_message(encode_message(*row)).value() == *row);
  if (auto row = decode_recipient(bytes)) YUBIN_ASSERT(decode_recipient(encode_recipient(*row)).value() == *row);
  if (auto key = MessageKey::decode(bytes)) YUBIN_ASSERT(key->encode() == bytes);
  if (auto key = RecipientKey::decode(bytes)) YUBIN_ASSERT(key->encode() == bytes);
  if (auto key = DueKey::decode(bytes)) YUBIN_ASSERT(key->encode() == bytes);
  return 0;
}
