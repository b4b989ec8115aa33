// Tries the hosts of a destination in turn until one of them has answered for the job. Internal to deliver/.
#pragma once

#include <optional>
#include <vector>

#include "deliver/conversation.h"
#include "deliver/remote.h"
#include "deliver/remote_hosts.h"
#include "deliver/tls_policy.h"
#include "net/task.h"

namespace yubin::deliver {

// A job that is not settled: no host took part in it.
struct Unreached {
  queue::Job job;
  smtp::OutcomeDetail why;  // of the last host
  Way way;                  // what each of them came to
};

// `services` and `options` outlive the task.
net::Task<std::optional<Unreached>> try_hosts(RemoteServices const& services, RemoteOptions const& options,
                                              net::Loop& loop, std::vector<RemoteHost> hosts, queue::Job job,
                                              Paced paced);

}  // namespace yubin::deliver
