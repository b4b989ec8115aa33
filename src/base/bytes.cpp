#include "base/bytes.h"

#include <array>

namespace yubin {

namespace {

template <class Number>
void big_endian(std::string& out, Number v) {
  std::array<char, sizeof(Number)> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(v >> 8 * (bytes.size() - 1 - i) & 0xff);
  out.append(bytes.data(), bytes.size());
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void ByteWriter::u16(std::uint16_t v) {
  big_endian(out_, v);
}
void ByteWriter::u32(std::uint32_t v) {
  big_endian(out_, v);
}
void ByteWriter::u64(std::uint64_t v) {
  big_endian(out_, v);
}

void ByteWriter::varint(std::uint64_t v) {
  std::array<char, 10> bytes;
  std::size_t length = 0;
  for (; v >= 0x80; v >>= 7) bytes[length++] = static_cast<char>((v & 0x7f) | 0x80);
  bytes[length++] = static_cast<char>(v);
  out_.append(bytes.data(), length);
}

void ByteWriter::signed_varint(std::int64_t v) {
  varint(static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63));
}

void ByteWriter::text(std::string_view v) {
  varint(v.size());
  out_.append(v);
}

std::unexpected<Error> ByteReader::too_short() {
  return fail(Errc::corrupt, "record ends too early");
}

std::unexpected<Error> ByteReader::too_large() {
  return fail(Errc::corrupt, "varint over 64 bits");
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
