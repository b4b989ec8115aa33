// A record that is not refused gives a summary whose own record gives it again; its thread is the same read alone.
#include "mime/summary.h"

#include <cstdint>

#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto summary = yubin::mime::decode_summary({reinterpret_cast<char const*>(data), size});
  if (!summary) return 0;
  auto again = yubin::mime::decode_summary(encode(*summary));
  YUBIN_ASSERT(again.has_value() && *again == *summary);
  YUBIN_ASSERT(yubin::mime::decode_thread(encode(*summary)) == summary->thread);
  return 0;
}
