// Records and keys in bytes: big-endian integers (so that byte order is number order), varints, length-prefixed text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin {

// Appends to a string that the caller owns.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void u16(std::uint16_t v);
  void u32(std::uint32_t v);
  void u64(std::uint64_t v);
  void varint(std::uint64_t v);                       // LEB128: 7 bits a byte, low bits first, at most 10 bytes
  void signed_varint(std::int64_t v);                 // zigzag
  void bytes(std::string_view v) { out_.append(v); }  // as they are; the reader must know the length
  void text(std::string_view v);                      // varint length, then the bytes

 private:
  std::string& out_;
};

// Reads from bytes that outlive it. Every function fails with Errc::corrupt when the bytes end too early. Numbers are
// read inline: rows of states and summaries hold a dozen for each message, and a Result that crosses a call costs more
// than they.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}

  Result<std::uint8_t> u8() { return big_endian<std::uint8_t>(); }
  Result<std::uint16_t> u16() { return big_endian<std::uint16_t>(); }
  Result<std::uint32_t> u32() { return big_endian<std::uint32_t>(); }
  Result<std::uint64_t> u64() { return big_endian<std::uint64_t>(); }
  Result<std::uint64_t> varint();
  Result<std::int64_t> signed_varint();
  Result<std::string_view> bytes(std::size_t length);  // points into the input
  Result<std::string_view> text();                     // points into the input

  bool at_end() const { return in_.empty(); }
  std::string_view rest() const { return in_; }

 private:
  template <class Number>
  Result<Number> big_endian();
  static std::unexpected<Error> too_short();
  static std::unexpected<Error> too_large();

  std::string_view in_;
};

template <class Number>
inline Result<Number> ByteReader::big_endian() {
  if (in_.size() < sizeof(Number)) [[unlikely]]
    return too_short();
  std::uint64_t v = 0;
  for (char byte : in_.substr(0, sizeof(Number))) v = v << 8 | static_cast<unsigned char>(byte);
  in_.remove_prefix(sizeof(Number));
  return static_cast<Number>(v);
}

inline Result<std::uint64_t> ByteReader::varint() {
  std::uint64_t v = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (in_.empty()) [[unlikely]]
      return too_short();
    auto const byte = static_cast<unsigned char>(in_.front());
    in_.remove_prefix(1);
    if (shift == 63 && byte > 1) break;
    v |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return v;
  }
  return too_large();
}

inline Result<std::int64_t> ByteReader::signed_varint() {
  TRY(std::uint64_t v, varint());
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

// A scan's upper end that takes in every key beginning with `prefix`: the prefix with its last byte below 0xff raised.
// Empty (no end) if there is none.
std::string prefix_end(std::string_view prefix);

std::string to_hex(std::string_view bytes);
Result<std::string> from_hex(std::string_view hex);

}  // namespace yubin
