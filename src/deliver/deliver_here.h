// Queued mail that goes to nobody's server: its domain is ours, since it was redirected or became so.
#pragma once

#include "deliver/remote.h"
#include "net/task.h"
#include "queue/outgoing.h"

namespace yubin::deliver {

// Whether mail for the destination is delivered here. Reads the store. An error: not known now.
Result<bool> is_delivered_here(RemoteServices const& services, std::string const& destination);

// Delivers the job into the mailboxes here, sends on what aliases lead elsewhere, and settles it. When the server dies
// between the two, it is delivered again. `services` outlives the task.
net::Task<> deliver_here(RemoteServices const& services, queue::Job job);

}  // namespace yubin::deliver
