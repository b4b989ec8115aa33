// Questions to the DNS as tasks. Internal to deliver/.
#pragma once

#include <string>

#include "dns/resolver.h"
#include "net/task.h"

namespace yubin::deliver {

// `resolver` outlives the task.
net::Task<dns::Answer> look_up(dns::Resolver& resolver, dns::RecordType type, std::string name);

// A name server has answered.
inline bool is_known(dns::Answer const& answer) {
  return answer.status != dns::Status::temporary && answer.status != dns::Status::bogus;
}

}  // namespace yubin::deliver
