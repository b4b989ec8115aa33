// What is known of how large providers want mail to come: where to begin, not what is learned (pace.h).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "deliver/pace.h"
#include "deliver/remote_hosts.h"

namespace yubin::deliver {

// Hosts that share what they can take.
struct PaceGroup {
  std::string name;
  PaceLimits limits;
};

// Of a provider that we know by the name of the first host; otherwise the set of the hosts' names, so domains with the
// same hosts share one. At least one host.
PaceGroup pace_group(std::span<RemoteHost const> hosts);

// The other side says that we come too often or too fast, not what is wrong with a message or a recipient.
bool means_slow_down(smtp::OutcomeDetail const& why);
PaceSign sign_of(std::span<smtp::Outcome const> recipients);

}  // namespace yubin::deliver
