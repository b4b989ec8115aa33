#include "deliver/own_address.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "net/descriptor.h"

namespace yubin::deliver {

namespace {

bool names_no_address(IpAddress const& address) {
  return std::ranges::all_of(address.bytes(), [](std::uint8_t byte) { return byte == 0; });
}

// The kernel binds a socket to addresses of this machine only, and needs no list of interfaces for that.
bool can_bind(int family, sockaddr const* address, socklen_t size) {
  net::Descriptor const probe(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return probe.get() >= 0 && ::bind(probe.get(), address, size) == 0;
}

bool is_of_this_machine(IpAddress const& address) {
  auto const bytes = address.bytes();
  if (address.is_v4()) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    std::memcpy(&where.sin_addr, bytes.data(), bytes.size());
    return can_bind(AF_INET, reinterpret_cast<sockaddr const*>(&where), sizeof where);
  }
  sockaddr_in6 where{};
  where.sin6_family = AF_INET6;
  std::memcpy(&where.sin6_addr, bytes.data(), bytes.size());
  return can_bind(AF_INET6, reinterpret_cast<sockaddr const*>(&where), sizeof where);
}

}  // namespace

bool is_own_endpoint(std::span<net::Endpoint const> listening, net::Endpoint const& where) {
  auto is_there = [&](net::Endpoint const& one) {
    if (one.port != where.port) return false;
    return one.address == where.address || (names_no_address(one.address) && is_of_this_machine(where.address));
  };
  return std::ranges::any_of(listening, is_there);
}

}  // namespace yubin::deliver
