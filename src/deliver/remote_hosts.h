// Where mail for a destination goes: its hosts with their addresses, best first (RFC 5321 section 5.1), and the TLS
// that each must have.
#pragma once

#include <cstdint>
#include <filesystem>
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
  std::filesystem::path socket{};  // of this machine, in place of `where`
};

// For the journal; empty: it has none.
inline std::string address_of(RemoteHost const& host) {
  return host.socket.empty() ? host.where.address.text() : "";
}

ReportedPolicy reported_policy(StsPolicy const& policy);

// Hosts, at least one; or what becomes of mail for the destination.
using RemoteHosts = std::variant<std::vector<RemoteHost>, smtp::Outcome>;

struct HostQuestion {
  std::string destination;
  std::optional<StsPolicy> sts{};  // the destination's policy, if it has one
  bool require_tls = false;        // RFC 8689: only hosts whose name and certificate somebody vouches for
};

// `our_name` is in no list of hosts that we deliver to. All references outlive the task.
net::Task<RemoteHosts> find_remote_hosts(dns::Resolver& resolver, Random& random, RemoteOptions const& options,
                                         MailRoute const& route, std::string our_name, HostQuestion question);

}  // namespace yubin::deliver
