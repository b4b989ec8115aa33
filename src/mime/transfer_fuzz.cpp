// Decoding whole and in pieces gives the same; what is encoded is decoded again.
#include "mime/transfer.h"

#include <cstdint>

#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace yubin::mime;
  std::string_view input(reinterpret_cast<char const*>(data), size);
  std::size_t cut = size > 0 ? data[0] % size : 0;
  for (TransferEncoding encoding :
       {TransferEncoding::base64, TransferEncoding::quoted_printable, TransferEncoding::identity}) {
    TransferDecoder decoder(encoding);
    std::string out;
    decoder.decode(input.substr(0, cut), out);
    decoder.decode(input.substr(cut), out);
    decoder.finish(out);
    YUBIN_ASSERT(out == decode_transfer(input, encoding));
    YUBIN_ASSERT(out.size() <= size);
  }
  YUBIN_ASSERT(decode_transfer(encode_base64_body(input), TransferEncoding::base64) == input);
  std::string text = decode_transfer(encode_quoted_printable(input), TransferEncoding::quoted_printable);
  std::string expected;
  for (std::size_t i = 0; i < size; ++i) {
    if (input[i] == '\n' && (i == 0 || input[i - 1] != '\r')) expected.push_back('\r');
    expected.push_back(input[i]);
  }
  YUBIN_ASSERT(text == expected);
  return 0;
}
