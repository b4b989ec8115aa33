// A range of IP addresses as administrators write it: an address and how many of its bits count.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "base/result.h"

namespace yubin {

class IpNetwork {
 public:
  // "192.0.2.0/24", "2001:db8::/32", or an address alone. A network whose address has bits behind its length, like
  // 192.0.2.7/24, is refused: one of the two is a mistake.
  static Result<IpNetwork> parse(std::string_view text);
  // The one that `address` is in; more bits than it has leave the address itself.
  static IpNetwork of(IpAddress const& address, unsigned length);

  // IPv4 and IPv6 are apart: 0.0.0.0/0 holds no IPv6 address, ::/0 no IPv4 address.
  bool contains(IpAddress const& address) const;
  std::string text() const;

  friend auto operator<=>(IpNetwork const&, IpNetwork const&) = default;

 private:
  IpNetwork(IpAddress address, unsigned length) : address_(address), length_(length) {}
  IpAddress address_;
  unsigned length_;
};

bool any_contains(std::span<IpNetwork const> networks, IpAddress const& address);

}  // namespace yubin
