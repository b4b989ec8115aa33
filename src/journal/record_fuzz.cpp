// A stored entry is refused, or it decodes to a value that survives encoding and decoding with room for all of it, and
// that is within the limits when encoded as the journal does. Printing it never yields a control but LF.
#include <algorithm>
#include <cstdint>

#include "base/assert.h"
#include "journal/describe.h"
#include "journal/record.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin;
  using namespace yubin::journal;
  EntryId const id(1, 2);
  auto entry = decode_entry(id, std::string_view(reinterpret_cast<char const*>(data), size));
  if (!entry) {
    YUBIN_ASSERT(entry.error().code == Errc::corrupt);
    return 0;
  }
  Limits const roomy{.word = 1 << 20, .address = 1 << 20, .line = 1 << 20, .row = std::size_t{1} << 30};
  YUBIN_ASSERT(decode_entry(id, encode_entry(*entry, roomy)) == entry);

  std::string const stored = encode_entry(*entry);
  YUBIN_ASSERT(stored.size() <= Limits{}.row + 64);
  auto again = decode_entry(id, stored);
  YUBIN_ASSERT(again.has_value() && encode_entry(*again) == stored);

  std::string const line = summarize(*entry);
  YUBIN_ASSERT(!line.contains('\n'));
  std::string const text = describe(*entry) + line + "\n";
  YUBIN_ASSERT(text.ends_with('\n'));
  YUBIN_ASSERT(std::ranges::none_of(
      text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f; }));
  return 0;
}
