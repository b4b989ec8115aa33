// Whatever the bytes and the label are, there is a text, it is UTF-8, and text that is read as declared stays that
// text.
#include "mime/charset.h"

#include <array>
#include <cstdint>

#include "base/assert.h"
#include "mime/lexer.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin::mime;
  if (size == 0) return 0;
  constexpr std::array<std::string_view, 10> kLabels = {"",       "iso-2022-jp", "shift_jis", "euc-jp",   "utf-8",
                                                        "latin1", "utf-7",       "utf-16",    "us-ascii", "x-nonsense"};
  std::string_view bytes(reinterpret_cast<char const*>(data) + 1, size - 1);
  DecodedText decoded = decode_text(bytes, kLabels[data[0] % kLabels.size()]);
  YUBIN_ASSERT(is_utf8(decoded.text));
  YUBIN_ASSERT(decoded.text.size() <= 8 * bytes.size());
  DecodedText again = decode_text(decoded.text, "utf-8");
  if (decoded.text.find('\x1b') == std::string::npos && !decoded.text.starts_with("\xef\xbb\xbf"))
    YUBIN_ASSERT(again.text == decoded.text && again.step == CharsetStep::declared);
  // A label from the wire.
  std::string_view label = bytes.substr(0, bytes.find('\n'));
  YUBIN_ASSERT(is_utf8(decode_text(bytes.substr(label.size()), label).text));
  return 0;
}
