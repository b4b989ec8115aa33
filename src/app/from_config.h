// From what is configured to what the server is made of.
#pragma once

#include "app/server.h"
#include "config/config.h"

namespace yubin::app {

PartsOptions parts_options(config::Config const& config);

// Reads the certificate and its key; none if none is configured. The error names the file.
Result<std::vector<tls::Identity>> identities_of(config::Config const& config);

// Without hooks.
Result<ServerOptions> server_options(config::Config const& config);

}  // namespace yubin::app
