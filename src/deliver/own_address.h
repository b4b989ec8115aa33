// Whether a host that we are about to connect to is this server itself.
#pragma once

#include <span>

#include "net/endpoint.h"

namespace yubin::deliver {

// `where` is one of the endpoints that we listen on. One of them that names no address (0.0.0.0 or ::) stands for each
// that this machine has just now, which the kernel is asked; so it may take a system call.
bool is_own_endpoint(std::span<net::Endpoint const> listening, net::Endpoint const& where);

}  // namespace yubin::deliver
