// Where a connection comes from or a listener stands.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "base/result.h"

struct sockaddr;

namespace yubin::net {

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  // "192.0.2.1:25" or "[2001:db8::1]:25"
  static Result<Endpoint> parse(std::string_view text);
  std::string text() const;

  friend auto operator<=>(Endpoint const&, Endpoint const&) = default;
};

// From what accept(2) or getsockname(2) gave; a socket that has no IP address gives the unspecified one.
Endpoint from_sockaddr(sockaddr const& address);
// Where a socket is bound.
Endpoint local_endpoint(int socket);

}  // namespace yubin::net
