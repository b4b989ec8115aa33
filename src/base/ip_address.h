// An IPv4 or IPv6 address as a value. An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) becomes the IPv4 address
// it stands for, so one peer has one spelling.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin {

class IpAddress {
 public:
  IpAddress() = default;  // ::, the unspecified address
  static IpAddress v4(std::array<std::uint8_t, 4> bytes);
  static IpAddress v6(std::array<std::uint8_t, 16> bytes);
  // "192.0.2.1" or "2001:db8::1", without brackets or scope.
  static Result<IpAddress> parse(std::string_view text);

  bool is_v4() const;
  bool is_loopback() const;  // 127.0.0.0/8 or ::1
  // 4 or 16 bytes in network order; points into this object.
  std::span<std::uint8_t const> bytes() const;
  std::string text() const;  // RFC 5952 form for IPv6

  // All bits after the first `length` cleared: the network it is in. More bits than it has leaves it as it is.
  IpAddress network(unsigned length) const;

  friend auto operator<=>(IpAddress const&, IpAddress const&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 as ::ffff:a.b.c.d
};

}  // namespace yubin

template <>
struct std::hash<yubin::IpAddress> {
  std::size_t operator()(yubin::IpAddress const& address) const {
    auto bytes = address.bytes();
    return std::hash<std::string_view>{}({reinterpret_cast<char const*>(bytes.data()), bytes.size()});
  }
};
