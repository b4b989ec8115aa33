#include "api/dns_facts.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "base/ip_network.h"

namespace yubin::api {

namespace {

// RFC 6890 and what came after it: not for the Internet.
constexpr char const* kNotPublic[] = {
    "0.0.0.0/8",       "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12",   "192.0.0.0/24",   "192.0.2.0/24",  "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",   "::/8",           "64:ff9b:1::/48",
    "100::/64",        "2001:db8::/32",  "fc00::/7",      "fe80::/10",      "ff00::/8",
};

bool is_public(IpAddress const& address) {
  return std::ranges::none_of(kNotPublic,
                              [&](char const* network) { return IpNetwork::parse(network).value().contains(address); });
}

std::optional<IpAddress> address_of(sockaddr const* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<sockaddr_in const*>(address)->sin_addr, bytes.size());
    return IpAddress::v4(bytes);
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<sockaddr_in6 const*>(address)->sin6_addr, bytes.size());
  return IpAddress::v6(bytes);
}

}  // namespace

std::optional<std::uint16_t> DnsFacts::port_of(std::string_view service) const {
  auto const found = std::ranges::find(ports, service, &Port::service);
  if (found == ports.end()) return std::nullopt;
  return found->port;
}

void DnsFacts::add_listener(std::string_view service, IpAddress const& address, std::uint16_t port) {
  bool const is_ours = std::ranges::find(addresses, address) != addresses.end();
  if (!address.is_loopback() || is_ours) ports.push_back({std::string(service), port});
}

std::vector<IpAddress> public_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> const owner(list, &::freeifaddrs);
  std::vector<IpAddress> addresses;
  for (ifaddrs const* each = list; each != nullptr; each = each->ifa_next) {
    std::optional<IpAddress> const address = address_of(each->ifa_addr);
    if (address && is_public(*address)) addresses.push_back(*address);
  }
  std::ranges::sort(addresses,
                    [](IpAddress const& a, IpAddress const& b) { return a.is_v4() != b.is_v4() ? a.is_v4() : a < b; });
  return addresses;
}

}  // namespace yubin::api
