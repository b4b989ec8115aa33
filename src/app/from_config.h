// From what is configured to what the server is made of.
#pragma once

#include "app/server.h"
#include "config/config.h"

namespace yubin::app {

PartsOptions parts_options(config::Config const& config);

// The files of all certificates, the default one first; none if none is configured.
std::vector<tls::CertificateFiles> certificate_files(config::Config const& config);
// Reads them. The error names the file.
Result<std::vector<tls::Identity>> identities_of(config::Config const& config);

// With what they are read from, the keys of tokens. The error names the file.
Result<server::Settings> settings_of(config::Config const& config);

// Those of the file, then the one that outgoing.relay makes.
std::vector<deliver::MailRoute> routes_of(config::Config const& config);
// The same with the fallback; errors: a login's file cannot be read.
Result<OutgoingWays> ways_of(config::Config const& config);

server::GateSettings gate_settings(config::Config const& config);

// Without hooks.
Result<ServerOptions> server_options(config::Config const& config);

}  // namespace yubin::app
