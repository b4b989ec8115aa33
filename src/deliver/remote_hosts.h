// Where mail for a destination goes: its hosts with their addresses, best first (RFC 5321 section 5.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/random.h"
#include "dns/resolver.h"
#include "net/endpoint.h"
#include "net/task.h"
#include "smtp/outcome.h"

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

struct RemoteHost {
  std::string name;
  net::Endpoint where;
};

// Hosts, at least one; or what becomes of mail for the destination.
using RemoteHosts = std::variant<std::vector<RemoteHost>, smtp::Outcome>;

// `our_name` is in no list of hosts that we deliver to. All references outlive the task.
net::Task<RemoteHosts> find_remote_hosts(dns::Resolver& resolver, Random& random, RemoteOptions const& options,
                                         std::string our_name, std::string destination);

}  // namespace yubin::deliver
