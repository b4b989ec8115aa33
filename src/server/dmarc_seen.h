// What a domain that asks for reports will be told of a message.
#pragma once

#include <optional>
#include <vector>

#include "base/ip_address.h"
#include "policy/dkim_check.h"
#include "policy/dmarc_check.h"
#include "policy/spf_check.h"
#include "report/seen.h"

namespace yubin::server {

// None: nobody asked, or it could not be found out. `spf` and `dkim` may be missing. `sender`: the reverse-path.
std::optional<report::Seen> dmarc_seen(IpAddress const& client, std::string_view sender,
                                       policy::DmarcOutcome const& outcome, policy::SpfOutcome const* spf,
                                       std::vector<policy::DkimOutcome> const* dkim);

}  // namespace yubin::server
