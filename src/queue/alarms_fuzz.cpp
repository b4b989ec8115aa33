// A stored alarm that is not what was written: refused, or read as something that is written and read the same. The
// first byte says how long the key is.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "queue/alarms.h"

using namespace yubin;
using namespace yubin::queue;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view const bytes(reinterpret_cast<char const*>(data + 1), size - 1);
  std::size_t const length = std::min<std::size_t>(data[0], bytes.size());
  auto const alarm = decode_alarm(bytes.substr(0, length), bytes.substr(length));
  if (!alarm || alarm->what.list.size() > 200 || alarm->what.address.size() > 200) return 0;
  auto const [key, value] = encode_alarm(*alarm);
  YUBIN_ASSERT(decode_alarm(key, value).value() == *alarm);
  return 0;
}
