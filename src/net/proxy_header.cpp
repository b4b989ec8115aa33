#include "net/proxy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/assert.h"
#include "base/text.h"

namespace yubin::net {
namespace {

using namespace std::string_view_literals;

constexpr auto kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;  // of version 2
constexpr std::size_t kFixedPart = 16;                 // of version 2: signature, version, family, length
constexpr std::size_t kLongestLine = 107;              // of version 1

std::unexpected<Error> wrong(std::string_view why) {
  return fail(Errc::syntax, fmt::format("no PROXY header: {}", why));
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::size_t number16(std::string_view bytes, std::size_t at) {
  return static_cast<std::size_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

IpAddress address(std::string_view bytes) {
  std::array<std::uint8_t, 4> four{};
  std::array<std::uint8_t, 16> sixteen{};
  if (bytes.size() == four.size()) {
    std::ranges::copy(bytes, four.begin());
    return IpAddress::v4(four);
  }
  std::ranges::copy(bytes, sixteen.begin());
  return IpAddress::v6(sixteen);
}

// Castagnoli's polynomial. Proxies that send a checksum are rare, so there is no table.
std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (char const c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
  }
  return ~crc;
}

// The vectors behind the addresses: type, length, value. Only the checksum matters to us.
Result<> check_vectors(std::string_view header, std::size_t begin) {
  constexpr std::uint8_t kChecksum = 0x03;
  for (std::size_t at = begin; at < header.size();) {
    if (header.size() - at < 3) return wrong("a vector is cut off");
    std::size_t const length = number16(header, at + 1);
    std::size_t const value = at + 3;
    if (header.size() - value < length) return wrong("a vector is longer than the header");
    if (byte_at(header, at) == kChecksum) {
      if (length != 4) return wrong("the checksum is not 4 bytes long");
      std::string zeroed(header);
      std::fill_n(zeroed.begin() + static_cast<std::ptrdiff_t>(value), 4, '\0');
      std::uint32_t const sent =
          static_cast<std::uint32_t>(number16(header, value) << 16 | number16(header, value + 2));
      if (sent != crc32c(zeroed)) return wrong("the checksum is wrong");
    }
    at = value + length;
  }
  return {};
}

std::optional<std::uint16_t> port(std::string_view text) {
  auto const number = parse_number(text);
  if (!number || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

Result<> ProxyHeader::take(std::string_view bytes) {
  YUBIN_ASSERT(bytes.size() <= wants_);
  bytes_ += bytes;
  wants_ -= bytes.size();
  if (wants_ > 0 || bytes.empty()) return {};
  return (this->*step_)();
}

Result<> ProxyHeader::take_beginning() {
  if (bytes_ == kSignature) {
    wants_ = kFixedPart - kSignature.size();
    step_ = &ProxyHeader::take_fixed_part;
    return {};
  }
  if (!bytes_.starts_with("PROXY ")) return wrong("it begins with " + quoted(bytes_));
  step_ = &ProxyHeader::take_line;
  wants_ = 1;
  return {};
}

// Where the line ends is not known, so it is taken byte by byte.
Result<> ProxyHeader::take_line() {
  if (!bytes_.ends_with("\r\n")) {
    if (bytes_.size() >= kLongestLine) return wrong("its line does not end");
    wants_ = 1;
    return {};
  }
  auto const words = split(std::string_view(bytes_).substr(0, bytes_.size() - 2), ' ');
  if (words[1] == "UNKNOWN") return {};
  if (words.size() != 6 || (words[1] != "TCP4" && words[1] != "TCP6")) return wrong(quoted(bytes_));
  auto const from = IpAddress::parse(words[2]);
  auto const to = IpAddress::parse(words[3]);
  auto const from_port = port(words[4]);
  auto const to_port = port(words[5]);
  if (!from || !to || !from_port || !to_port) return wrong(quoted(bytes_));
  ends_ = {{*from, *from_port}, {*to, *to_port}};
  return {};
}

Result<> ProxyHeader::take_fixed_part() {
  std::uint8_t const version_and_command = byte_at(bytes_, 12);
  if (version_and_command >> 4 != 2 || (version_and_command & 0xf) > 1) return wrong("unknown version or command");
  wants_ = number16(bytes_, 14);
  if (wants_ > kLimit - kFixedPart) return wrong("it is longer than 2048 bytes");
  step_ = &ProxyHeader::take_addresses;
  return wants_ == 0 ? take_addresses() : Result<>{};
}

Result<> ProxyHeader::take_addresses() {
  bool const for_itself = (byte_at(bytes_, 12) & 0xf) == 0;
  std::uint8_t const family = byte_at(bytes_, 13) >> 4;
  // Unspecified, IPv4, IPv6, Unix: of an address, or of both ends for Unix.
  constexpr std::size_t kSizes[] = {0, 4, 16, 108};
  if (family >= std::size(kSizes)) return wrong("unknown address family");
  std::size_t const size = kSizes[family];
  bool const internet = family == 1 || family == 2;
  std::size_t const ports = internet ? 4 : 0;
  std::string_view const header = bytes_;
  if (header.size() < kFixedPart + 2 * size + ports) return wrong("the addresses are cut off");
  // An unspecified family may carry anything.
  if (family != 0) TRY_VOID(check_vectors(header, kFixedPart + 2 * size + ports));
  if (for_itself || !internet) return {};
  std::size_t const at_ports = kFixedPart + 2 * size;
  ends_ = {
      {address(header.substr(kFixedPart, size)), static_cast<std::uint16_t>(number16(header, at_ports))},
      {address(header.substr(kFixedPart + size, size)), static_cast<std::uint16_t>(number16(header, at_ports + 2))}};
  return {};
}

}  // namespace yubin::net
