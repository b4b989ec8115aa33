// What a host's TLSA records ask of a connection to it (RFC 7672).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "deliver/tls_policy.h"
#include "dns/resolver.h"
#include "net/task.h"

namespace yubin::deliver {

// A host of a domain whose MX records, or their absence, DNSSEC vouches for.
struct DaneQuestion {
  std::string host;
  std::uint16_t port;
  dns::Answer address;  // of the question for the host's address, A or AAAA
  // RFC 7672 section 3.2.2: names besides the host's that a certificate by DANE-TA may have: the domain, and where its
  // CNAMEs lead.
  std::vector<std::string> next_hop;
};

struct NoDane {};
// The records may be there and cannot be had: the host must not be used now (RFC 7672 section 2.1.2).
struct DaneNotKnown {
  std::string why;
};

// `resolver` outlives the task.
net::Task<std::variant<NoDane, TlsPolicy, DaneNotKnown>> find_dane(dns::Resolver& resolver, DaneQuestion question);

}  // namespace yubin::deliver
