// The names of an address that lead back to it: SPF's "validated domain names" (RFC 7208 section 5.5), and what iprev
// is about (RFC 8601 section 3).
#pragma once

#include <string>
#include <vector>

#include "base/ip_address.h"
#include "policy/inquiry.h"

namespace yubin::policy {

struct ConfirmedNames {
  std::vector<std::string> names;    // that lead back, in lower case
  std::vector<std::string> claimed;  // all that the address claims; at most 10 (RFC 7208 section 4.6.4)
  bool failed = false;               // a look-up failed, so there may be more
};

Inquiry<ConfirmedNames> confirmed_names(IpAddress address);

// The addresses in an answer.
std::vector<IpAddress> addresses_of(Answer const& answer);

}  // namespace yubin::policy
