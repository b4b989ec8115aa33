#include "net/socket_address.h"

#include <netinet/in.h>

#include <cstring>

namespace yubin::net {

SocketAddress to_sockaddr(Endpoint const& where) {
  SocketAddress result;
  auto const bytes = where.address.bytes();
  if (where.address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(where.port);
    std::memcpy(&in.sin_addr, bytes.data(), bytes.size());
    std::memcpy(&result.storage, &in, result.length = sizeof in);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(where.port);
    std::memcpy(&in.sin6_addr, bytes.data(), bytes.size());
    std::memcpy(&result.storage, &in, result.length = sizeof in);
  }
  return result;
}

}  // namespace yubin::net
