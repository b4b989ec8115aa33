#include "base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/text.h"

namespace yubin {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
  IpAddress address;
  std::ranges::copy(kMapped, address.bytes_.begin());
  std::ranges::copy(bytes, address.bytes_.begin() + kMapped.size());
  return address;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> bytes) {
  IpAddress address;
  address.bytes_ = bytes;
  return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  // inet_pton() stops at a NUL, so text with one inside is refused first.
  std::string const terminated(text.substr(0, INET6_ADDRSTRLEN));
  std::array<std::uint8_t, 4> four;
  std::array<std::uint8_t, 16> sixteen;
  if (text.size() < INET6_ADDRSTRLEN && !text.contains('\0')) {
    if (inet_pton(AF_INET, terminated.c_str(), four.data()) == 1) return v4(four);
    if (inet_pton(AF_INET6, terminated.c_str(), sixteen.data()) == 1) return v6(sixteen);
  }
  return fail(Errc::syntax, "not an IP address: " + quoted(text, 60));
}

bool IpAddress::is_v4() const {
  return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes()[0] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t b) { return b == 0; }) && bytes_.back() == 1;
}

std::span<std::uint8_t const> IpAddress::bytes() const {
  std::span<std::uint8_t const> const all(bytes_);
  return is_v4() ? all.subspan(kMapped.size()) : all;
}

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes().data(), buffer, sizeof buffer);
  return buffer;
}

IpAddress IpAddress::network(unsigned length) const {
  IpAddress result = *this;
  std::size_t const first = bytes_.size() - bytes().size();
  for (std::size_t i = first; i < bytes_.size(); ++i) {
    std::size_t const bit = (i - first) * 8;
    unsigned const kept = length > bit ? std::min<unsigned>(8, length - static_cast<unsigned>(bit)) : 0;
    result.bytes_[i] &= static_cast<std::uint8_t>(0xff00 >> kept);
  }
  return result;
}

}  // namespace yubin
