#include "app/from_config.h"

namespace yubin::app {

PartsOptions parts_options(config::Config const& config) {
  return {.directory = config.store_directory,
          .memory_max = config.memory_max,
          .bodies = config.bodies,
          .auth = config.auth,
          .hashing = config.hashing,
          .journal = config.journal,
          .files = {},
          .backups = config.backup_directory};
}

Result<std::vector<tls::Identity>> identities_of(config::Config const& config) {
  if (config.certificate.empty()) return std::vector<tls::Identity>{};
  tls::CertificateFiles const files[] = {{config.certificate, config.key}};
  return tls::read_identities(files);
}

Result<ServerOptions> server_options(config::Config const& config) {
  TRY(std::vector<tls::Identity> identities, identities_of(config));
  ServerOptions options{.parts = parts_options(config),
                        .admin_socket = config.admin_socket,
                        .listeners = {},
                        .identities = std::move(identities),
                        .settings = config.settings};
  for (config::Listener const& each : config.listeners)
    options.listeners.push_back({each.service, each.where, each.if_available, each.legacy_tls});
  return options;
}

}  // namespace yubin::app
