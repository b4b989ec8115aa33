// An Endpoint as bind(2) and connect(2) take it. For the sources of net/ only.
#pragma once

#include <sys/socket.h>

#include "net/endpoint.h"

namespace yubin::net {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};
SocketAddress to_sockaddr(Endpoint const& where);

}  // namespace yubin::net
