// How a route is tried. Internal to deliver/.
#pragma once

#include "deliver/remote.h"
#include "deliver/route_check.h"
#include "net/task.h"

namespace yubin::deliver {

// `services` and `options` outlive the task. It takes as long as the servers do, some minutes at most.
net::Task<RouteReport> check_route(RemoteServices const& services, RemoteOptions const& options, net::Loop& loop,
                                   RouteQuestion question);

}  // namespace yubin::deliver
