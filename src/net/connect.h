// Connections that we open.
#pragma once

#include <chrono>

#include "base/result.h"
#include "net/connection.h"
#include "net/endpoint.h"
#include "net/task.h"

namespace yubin::net {

// Connects over TCP, within `limit`. On the loop's thread. Errors: temporary, in words: refused, no route, no answer,
// the server stops.
Task<Result<Connection>> connect(Loop& loop, Endpoint where, std::chrono::seconds limit);

}  // namespace yubin::net
