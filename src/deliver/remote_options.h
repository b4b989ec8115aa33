// How mail leaves this server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "deliver/mail_route.h"
#include "net/endpoint.h"

namespace yubin::deliver {

// Mail whose reverse-path is in this domain comes from this address.
struct DomainSource {
  std::string domain;
  IpAddress address;
};

struct RemoteOptions {
  enum class Family { any, ipv4_first, ipv6_first, ipv4_only, ipv6_only };

  bool enabled = false;             // mail leaves this server at all
  std::vector<MailRoute> routes{};  // the first that fits a message; none: to each domain's own hosts
  std::string fallback{};           // the name of one of them: for what a domain's own hosts do not take now
  std::uint16_t port = 25;          // of the domains' own hosts
  bool loopback = false;            // loopback is no error: for tests
  std::size_t connections = 100;    // at a time, in all
  std::size_t attempts = 5;         // addresses that are tried in one go
  std::chrono::seconds connect{30};
  std::vector<net::Endpoint> own{};     // where this server listens: no mail is sent there
  std::filesystem::path authorities{};  // certificates that are trusted besides the machine's; empty: none
  bool dane = true;                     // TLSA records that DNSSEC vouches for are obeyed
  bool mta_sts = true;                  // and MTA-STS policies
  bool tls_reports = true;              // who asks for reports on TLS gets them
  std::uint16_t mta_sts_port = 443;     // where those are fetched
  Family family = Family::any;          // of the hosts' addresses
  std::vector<IpAddress> sources{};     // addresses of ours that connections come from; the first of the right family
  std::vector<DomainSource> domain_sources{};
  bool ipv6_needs_name = true;  // IPv6 is used only from an address that has a name (source_address.h)
};

}  // namespace yubin::deliver
