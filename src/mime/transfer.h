// Content-Transfer-Encoding (RFC 2045 section 6): decoding in pieces, and encoding of what we write ourselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace yubin::mime {

enum class TransferEncoding : std::uint8_t { identity, base64, quoted_printable };

// Of Part::encoding or a field's value, without case; what is not known is taken as it is.
TransferEncoding transfer_encoding(std::string_view name);

// Decodes a body that comes in pieces of any size. Never fails: foreign characters in base64 are passed over, padding
// in the middle begins anew (bodies that were put together), an "=" that encodes nothing stays. Holds at most 1 KiB.
class TransferDecoder {
 public:
  explicit TransferDecoder(TransferEncoding encoding) : encoding_(encoding) {}

  void decode(std::string_view chunk, std::string& out);  // appends to `out`
  void finish(std::string& out);                          // after the last chunk
  bool clean() const { return clean_; }                   // false: something was not as the RFC has it

 private:
  void base64(char c, std::string& out);
  void end_quantum(std::string& out);
  void quoted_printable(char c, std::string& out);
  bool held(char c, std::string& out);

  TransferEncoding encoding_;
  bool clean_ = true;
  std::uint32_t bits_ = 0;  // base64: what is not a whole byte yet
  int sextets_ = 0;
  std::string held_;  // quoted-printable: from "=" or blanks on, whose meaning the next characters tell
};

// The whole at once.
std::string decode_transfer(std::string_view body, TransferEncoding encoding);

std::string encode_base64(std::string_view bytes);       // one line
std::string encode_base64_body(std::string_view bytes);  // lines of 76 characters, each with CR LF
// For text: line ends, CR LF or LF, stay line ends, as CR LF; lines of at most 76 characters (RFC 2045 section 6.7).
std::string encode_quoted_printable(std::string_view text);

}  // namespace yubin::mime
