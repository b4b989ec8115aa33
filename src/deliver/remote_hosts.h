// Where mail for a destination goes: its hosts with their addresses, best first (RFC 5321 section 5.1), and the TLS
// that each must have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/random.h"
#include "deliver/remote_options.h"
#include "deliver/sts_policy.h"
#include "deliver/tls_policy.h"
#include "deliver/tls_report.h"
#include "dns/resolver.h"
#include "net/endpoint.h"
#include "net/task.h"
#include "smtp/outcome.h"

namespace yubin::deliver {

struct RemoteHost {
  std::string name;
  net::Endpoint where;
  TlsPolicy tls{};
  ReportedPolicy reported{};
};

ReportedPolicy reported_policy(StsPolicy const& policy);

// Hosts, at least one; or what becomes of mail for the destination.
using RemoteHosts = std::variant<std::vector<RemoteHost>, smtp::Outcome>;

// `our_name` is in no list of hosts that we deliver to. `sts`: the destination's policy, if it has one. All references
// outlive the task.
net::Task<RemoteHosts> find_remote_hosts(dns::Resolver& resolver, Random& random, RemoteOptions const& options,
                                         std::string our_name, std::string destination,
                                         std::optional<StsPolicy> sts = {});

}  // namespace yubin::deliver
