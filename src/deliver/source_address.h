// From which of this machine's addresses a connection comes, and which hosts are therefore not used.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "deliver/remote_hosts.h"
#include "dns/resolver.h"
#include "net/task.h"
#include "queue/message_row.h"

namespace yubin::deliver {

std::string sender_domain(queue::MessageRow const& message);  // of the reverse-path; empty: there is none

// What the options say for mail of this domain to a host of this family; none: the kernel's choice. `sender`: the
// domain of the reverse-path; empty: there is none.
std::optional<IpAddress> source_for(RemoteOptions const& options, std::string_view sender, IpAddress const& to);

// Whether our addresses have names: a PTR record that leads to a name with this address. Large providers refuse mail
// that comes over IPv6 from an address without one. Any thread.
class ReverseNames {
 public:
  // Both outlive the tasks.
  ReverseNames(dns::Resolver& resolver, Clock const& clock) : resolver_(resolver), clock_(clock) {}

  // As long as DNS does not tell, an address counts as named. What it told holds for an hour.
  net::Task<bool> has_name(IpAddress address);
  // Those that have none, as far as they were asked for.
  std::vector<IpAddress> nameless() const;

 private:
  struct Known {
    bool named;
    SteadyTime until;
  };
  net::Task<std::optional<bool>> ask(IpAddress address);

  dns::Resolver& resolver_;
  Clock const& clock_;
  mutable std::mutex mutex_;
  std::map<IpAddress, Known> known_;
};

// The hosts without those of IPv6 that our mail would come to from an address without a name, unless there are no
// others: a host with IPv6 alone is tried all the same.
net::Task<std::vector<RemoteHost>> without_nameless(ReverseNames& names, RemoteOptions const& options,
                                                    std::string sender, std::vector<RemoteHost> hosts);

}  // namespace yubin::deliver
