#include "config/option_groups.h"

namespace yubin::config {

namespace {

constexpr unsigned kMost = 1'000'000;

Codec<std::vector<IpNetwork>> networks() {
  return list(parsed<IpNetwork>("a network like \"192.0.2.0/24\" or \"2001:db8::/32\", or an address",
                                &IpNetwork::parse, [](IpNetwork const& network) { return network.text(); }),
              1000);
}

// How many may be connected at the same time.
Codec<unsigned> connections() {
  return number<unsigned>(1, kMost);
}

void add_limits_with_login(Options<Config>& table) {
  table
      .add(
          "limits.connections", [](auto& c) -> auto& { return c.limits.connections; }, connections(),
          "Connections at the same time, of each service that people log in to: submission, IMAP, POP3. Who is one too "
          "many is told so and may try again.")
      .needs_restart();
  table
      .add(
          "limits.per_address", [](auto& c) -> auto& { return c.limits.per_address; }, connections(),
          "From one address. A company behind one address has many mail programs, each with some connections.")
      .needs_restart();
  table
      .add(
          "limits.per_network", [](auto& c) -> auto& { return c.limits.per_network; }, connections(),
          "From one network: IPv4 /24, IPv6 /64.")
      .needs_restart();
  table
      .add(
          "limits.unauthenticated", [](auto& c) -> auto& { return c.limits.unauthenticated; }, connections(),
          "Of all, how many that have not logged in yet.")
      .needs_restart();
  table
      .add(
          "limits.unauthenticated_per_address", [](auto& c) -> auto& { return c.limits.unauthenticated_per_address; },
          connections(), "From one address, how many that have not logged in yet.")
      .needs_restart();
  table
      .add(
          "limits.unauthenticated_per_network", [](auto& c) -> auto& { return c.limits.unauthenticated_per_network; },
          connections(), "From one network, how many that have not logged in yet.")
      .needs_restart();
}

void add_limits_of_mx(Options<Config>& table) {
  table
      .add(
          "mx_limits.connections", [](auto& c) -> auto& { return c.mx_limits.connections; }, connections(),
          "Connections at the same time on port 25, and as many for LMTP. Who is one too many comes again later.")
      .needs_restart();
  table
      .add(
          "mx_limits.per_address", [](auto& c) -> auto& { return c.mx_limits.per_address; }, connections(),
          "From one address.")
      .needs_restart();
  table
      .add(
          "mx_limits.per_network", [](auto& c) -> auto& { return c.mx_limits.per_network; }, connections(),
          "From one network: IPv4 /24, IPv6 /64.")
      .needs_restart();
}

}  // namespace

void add_limits(Options<Config>& table) {
  add_limits_with_login(table);
  table
      .add(
          "limits.exempt", [](auto& c) -> auto& { return c.exempt; }, networks(),
          "Addresses for which no limit by address or network holds, at any service: a relay of one's own, a "
          "monitoring host. Loopback is always one of them.")
      .needs_restart();
  add_limits_of_mx(table);
  table
      .add(
          "proxy.networks", [](auto& c) -> auto& { return c.proxies; }, networks(),
          "Load balancers: whoever connects from there must begin with a PROXY header (version 1 or 2), and the client "
          "that it names counts. From all others such a header is an error.")
      .needs_restart();
}

}  // namespace yubin::config
