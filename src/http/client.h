// Asks a server on a unix socket, blocking: for the command line.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "http/message.h"

namespace yubin::http {

// Errors: not_found (no socket, or nobody listens there), denied (no permission), temporary (the connection broke).
Result<Response> request(std::filesystem::path const& socket, Request const& request);

}  // namespace yubin::http
