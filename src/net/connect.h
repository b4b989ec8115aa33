// Connections that we open.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "base/result.h"
#include "net/connection.h"
#include "net/endpoint.h"
#include "net/task.h"

namespace yubin::net {

// Connects over TCP, within `limit`, from `source`; none: the kernel chooses. On the loop's thread. Errors: temporary,
// in words: refused, no route, no answer, the source is no address of this machine, the server stops.
Task<Result<Connection>> connect(Loop& loop, Endpoint where, std::chrono::seconds limit,
                                 std::optional<IpAddress> source = {});

// The same to a socket of this machine.
Task<Result<Connection>> connect(Loop& loop, std::filesystem::path path, std::chrono::seconds limit);

// Until then, or until the server stops. On the loop's thread.
Task<> wait_until(Loop& loop, SteadyTime due);

// The address that the kernel would choose; nothing is sent. None: there is no route.
std::optional<IpAddress> local_address_for(Endpoint const& where);

}  // namespace yubin::net
