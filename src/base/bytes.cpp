#include "base/bytes.h"

namespace yubin {

namespace {

void big_endian(std::string& out, std::uint64_t v, int length) {
  for (int shift = (length - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(v >> shift & 0xff));
}

std::unexpected<Error> too_short() {
  return fail(Errc::corrupt, "record ends too early");
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void ByteWriter::u8(std::uint8_t v) {
  out_.push_back(static_cast<char>(v));
}
void ByteWriter::u16(std::uint16_t v) {
  big_endian(out_, v, 2);
}
void ByteWriter::u32(std::uint32_t v) {
  big_endian(out_, v, 4);
}
void ByteWriter::u64(std::uint64_t v) {
  big_endian(out_, v, 8);
}

void ByteWriter::varint(std::uint64_t v) {
  while (v >= 0x80) {
    out_.push_back(static_cast<char>((v & 0x7f) | 0x80));
    v >>= 7;
  }
  out_.push_back(static_cast<char>(v));
}

void ByteWriter::signed_varint(std::int64_t v) {
  varint(static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63));
}

void ByteWriter::text(std::string_view v) {
  varint(v.size());
  out_.append(v);
}

Result<std::uint64_t> ByteReader::big_endian(std::size_t length) {
  if (in_.size() < length) return too_short();
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < length; ++i) v = v << 8 | static_cast<unsigned char>(in_[i]);
  in_.remove_prefix(length);
  return v;
}

Result<std::uint8_t> ByteReader::u8() {
  TRY(std::uint64_t v, big_endian(1));
  return static_cast<std::uint8_t>(v);
}

Result<std::uint16_t> ByteReader::u16() {
  TRY(std::uint64_t v, big_endian(2));
  return static_cast<std::uint16_t>(v);
}

Result<std::uint32_t> ByteReader::u32() {
  TRY(std::uint64_t v, big_endian(4));
  return static_cast<std::uint32_t>(v);
}

Result<std::uint64_t> ByteReader::u64() {
  return big_endian(8);
}

Result<std::uint64_t> ByteReader::varint() {
  std::uint64_t v = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (in_.empty()) return too_short();
    auto byte = static_cast<unsigned char>(in_.front());
    in_.remove_prefix(1);
    if (shift == 63 && byte > 1) break;
    v |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return v;
  }
  return fail(Errc::corrupt, "varint over 64 bits");
}

Result<std::int64_t> ByteReader::signed_varint() {
  TRY(std::uint64_t v, varint());
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

Result<std::string_view> ByteReader::bytes(std::size_t length) {
  if (in_.size() < length) return too_short();
  std::string_view v = in_.substr(0, length);
  in_.remove_prefix(length);
  return v;
}

Result<std::string_view> ByteReader::text() {
  TRY(std::uint64_t length, varint());
  return bytes(length);
}

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty()) {
    if (auto last = static_cast<unsigned char>(end.back()); last < 0xff) {
      end.back() = static_cast<char>(last + 1);
      return end;
    }
    end.pop_back();
  }
  return end;
}

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (char c : bytes) {
    hex.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(c) & 0xf]);
  }
  return hex;
}

Result<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return fail(Errc::syntax, "odd number of hex digits");
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    int high = hex_digit(hex[i]);
    int low = hex_digit(hex[i + 1]);
    if (high < 0 || low < 0) return fail(Errc::syntax, "not a hex digit");
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

}  // namespace yubin
