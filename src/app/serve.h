// `yubin serve`: the server as it is installed, from its configuration file.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "config/config.h"

namespace yubin::app {

// Runs until SIGTERM or SIGINT; SIGHUP reloads. Prints a line that begins with "ready" when all listeners are bound,
// and tells systemd. On failure: what is wrong, one sentence a line.
std::expected<void, config::Problems> run_serve(std::filesystem::path const& configuration);

}  // namespace yubin::app
