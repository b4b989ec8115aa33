#include "net/endpoint.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "base/text.h"

namespace yubin::net {

Result<Endpoint> Endpoint::parse(std::string_view text) {
  auto wrong = [&] {
    return fail(Errc::syntax, fmt::format("{} is not an address and a port, like 192.0.2.1:25 or [2001:db8::1]:25",
                                          yubin::quoted(text, 60)));
  };
  std::size_t const colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  std::string_view host = text.substr(0, colon);
  bool const brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  auto const address = IpAddress::parse(host);
  auto const port = parse_number(text.substr(colon + 1));
  // RFC 3986 section 3.2.2: without brackets it would be unclear which colon begins the port.
  if (!address || !port || *port > 65535 || brackets != host.contains(':')) return wrong();
  return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string Endpoint::text() const {
  return address.is_v4() ? fmt::format("{}:{}", address.text(), port) : fmt::format("[{}]:{}", address.text(), port);
}

Endpoint from_sockaddr(sockaddr const& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &address, sizeof in);
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return {IpAddress::v4(bytes), ntohs(in.sin_port)};
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, &address, sizeof in);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return {IpAddress::v6(bytes), ntohs(in.sin6_port)};
  }
  return {};
}

Endpoint local_endpoint(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  return ::getsockname(socket, generic, &length) == 0 ? from_sockaddr(*generic) : Endpoint{};
}

}  // namespace yubin::net
