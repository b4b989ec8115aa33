// How mail leaves this server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "net/endpoint.h"

namespace yubin::deliver {

struct RemoteOptions {
  bool enabled = false;  // mail leaves this server at all
  std::string relay{};   // host that all mail is given to; empty: each domain's own
  std::uint16_t relay_port = 587;
  bool relay_tls = true;     // the relay must offer TLS and a certificate that is right
  std::string relay_user{};  // empty: no login
  std::string relay_password{};
  std::uint16_t port = 25;        // of the domains' own hosts
  bool loopback = false;          // loopback is no error: for tests
  std::size_t connections = 100;  // at a time, in all
  std::size_t attempts = 5;       // addresses that are tried in one go
  std::chrono::seconds connect{30};
  std::vector<net::Endpoint> own{};  // where this server listens: no mail is sent there
};

}  // namespace yubin::deliver
