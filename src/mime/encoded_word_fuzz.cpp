// The text of a header field fits in a line and is UTF-8; what is written with encoded-words is read back.
#include "mime/encoded_word.h"

#include <algorithm>
#include <cstdint>

#include "base/assert.h"
#include "base/text.h"
#include "mime/compose.h"
#include "mime/header.h"
#include "mime/lexer.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin::mime;
  DecodedText decoded = decode_header({reinterpret_cast<char const*>(data), size});
  YUBIN_ASSERT(is_utf8(decoded.text));
  YUBIN_ASSERT(std::ranges::none_of(decoded.text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }));
  if (decoded.text.find("\xef\xbb\xbf") != std::string::npos) return 0;  // a byte order mark would be dropped
  HeaderSection header = HeaderSection::parse(text_field("Subject", decoded.text));
  YUBIN_ASSERT(header.size() == 1);
  std::string back = decode_header(header[0].value()).text;
  YUBIN_ASSERT(back == yubin::trim(decoded.text));
  return 0;
}
