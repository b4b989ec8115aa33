// What the DNS records of our domains follow from: what this server is, where it listens, who signs for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "dns/resolver.h"

namespace yubin::api {

struct DnsOptions {
  std::vector<IpAddress> addresses{};  // that others reach this server by; none: the machine's own public ones
  // Block lists that our addresses should not be in.
  std::vector<std::string> block_lists{"zen.spamhaus.org", "bl.spamcop.net", "b.barracudacentral.org"};
  // A web server that has the files of all our domains: mta-sts.txt, autoconfig and autodiscover. Empty: there is none.
  std::string web_host{};
  bool daily = true;  // all our domains' records are checked once a day
  // Authorities that may issue certificates for the server's name, as they call themselves in CAA (RFC 8659).
  std::vector<std::string> issuers{};
};

struct DnsFacts {
  struct Port {
    std::string service;  // as the table of services names it
    std::uint16_t port;   // that others reach
  };
  struct Certificate {
    std::string file;
    std::vector<std::string> names;
    WallTime expires;
    std::optional<dns::Tlsa> tlsa{};  // 3 1 1
  };

  std::string host_name;
  bool host_is_domain = false;         // the host's name is a domain of ours too
  std::vector<IpAddress> addresses{};  // that others reach this server by, and that mail comes from; none: not known
  std::vector<Port> ports{};
  std::vector<Certificate> certificates{};  // the first is what other mail servers see
  std::string relay{};                      // all mail goes out by this host; empty: by ourselves
  std::vector<std::string> block_lists{};
  std::string web_host{};
  std::vector<std::string> issuers{};
  bool reads_reports = true;  // reports on our domains come to the server itself (deliver/own_addresses.h)

  std::optional<std::uint16_t> port_of(std::string_view service) const;  // the first
  // Adds the port if others reach it: a listener on loopback is none of theirs, unless that is an address of ours.
  void add_listener(std::string_view service, IpAddress const& address, std::uint16_t port);
};

// Of this machine, those that others can reach: none that is private, local to the link, or reserved for documents.
std::vector<IpAddress> public_addresses();

}  // namespace yubin::api
