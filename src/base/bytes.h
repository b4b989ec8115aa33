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

  void u8(std::uint8_t v);
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

// Reads from bytes that outlive it. Every function fails with Errc::corrupt when the bytes end too early.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}

  Result<std::uint8_t> u8();
  Result<std::uint16_t> u16();
  Result<std::uint32_t> u32();
  Result<std::uint64_t> u64();
  Result<std::uint64_t> varint();
  Result<std::int64_t> signed_varint();
  Result<std::string_view> bytes(std::size_t length);  // points into the input
  Result<std::string_view> text();                     // points into the input

  bool at_end() const { return in_.empty(); }
  std::string_view rest() const { return in_; }

 private:
  Result<std::uint64_t> big_endian(std::size_t length);

  std::string_view in_;
};

// A scan's upper end that takes in every key beginning with `prefix`: the prefix with its last byte below 0xff raised.
// Empty (no end) if there is none.
std::string prefix_end(std::string_view prefix);

std::string to_hex(std::string_view bytes);
Result<std::string> from_hex(std::string_view hex);

}  // namespace yubin
