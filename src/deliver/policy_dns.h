// The judge's questions in the resolver's words, and back.
#pragma once

#include <vector>

#include "dns/resolver.h"
#include "policy/lookup.h"

namespace yubin::deliver {

dns::Question to_dns(policy::Question const& question);
policy::Answer from_dns(dns::RecordType asked, dns::Answer answer);

}  // namespace yubin::deliver
