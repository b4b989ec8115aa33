#include "app/from_config.h"

#include <fmt/format.h>

#include "app/files.h"
#include "deliver/conversation.h"

namespace yubin::app {

PartsOptions parts_options(config::Config const& config) {
  return {.directory = config.store_directory,
          .memory_max = config.memory_max,
          .bodies = config.bodies,
          .auth = config.auth,
          .hashing = config.hashing,
          .journal = config.journal,
          .housekeeping = config.housekeeping,
          .collector = config.collector,
          .queue = config.queue,
          .signing = config.signing,
          .files = {},
          .backups = config.backup_directory};
}

std::vector<tls::CertificateFiles> certificate_files(config::Config const& config) {
  std::vector<tls::CertificateFiles> files;
  if (!config.certificate.empty()) files.push_back({config.certificate, config.key});
  for (config::Certificate const& each : config.more_certificates) files.push_back({each.file, each.key});
  return files;
}

Result<std::vector<tls::Identity>> identities_of(config::Config const& config) {
  std::vector<tls::CertificateFiles> const files = certificate_files(config);
  if (files.empty()) return std::vector<tls::Identity>{};
  return tls::read_identities(files);
}

Result<server::Settings> settings_of(config::Config const& config) {
  server::Settings settings = config.settings;
  if (config.token_keys.empty()) return settings;
  std::optional<std::string> const keys = read_file(config.token_keys);
  if (!keys) return fail(Errc::not_found, fmt::format("cannot read {}", config.token_keys.string()));
  Result<auth::TokenVerifier> made = auth::TokenVerifier::make(*keys, config.tokens);
  if (!made) return fail(Errc::syntax, fmt::format("{}: {}", config.token_keys.string(), made.error().detail));
  settings.tokens = std::make_shared<auth::TokenVerifier const>(*std::move(made));
  return settings;
}

std::vector<deliver::MailRoute> routes_of(config::Config const& config) {
  std::vector<deliver::MailRoute> routes = config.outgoing.routes;
  if (config.relay.where.host.empty()) return routes;
  deliver::MailRoute& relay = routes.emplace_back(config.relay);
  relay.via = deliver::MailRoute::Via::relay;
  relay.to = {deliver::RoutePattern::parse("*").value()};
  return routes;
}

server::GateSettings gate_settings(config::Config const& config) {
  server::GateSettings gates{.with_login = config.limits, .without_login = config.mx_limits, .proxies = config.proxies};
  // Nobody logs in at MX and LMTP, so there everybody is unauthenticated.
  net::GateOptions& mx = gates.without_login;
  mx.unauthenticated = mx.connections;
  mx.unauthenticated_per_address = mx.per_address;
  mx.unauthenticated_per_network = mx.per_network;
  gates.with_login.exempt = mx.exempt = config.exempt;
  return gates;
}

namespace {

// Better now than at the first message.
Result<> check_login(deliver::MailRoute const& route) {
  if (!route.logs_in()) return {};
  TRY_VOID(deliver::login_of(route));
  return {};
}

}  // namespace

Result<OutgoingWays> ways_of(config::Config const& config) {
  OutgoingWays ways{routes_of(config), config.outgoing.fallback};
  for (deliver::MailRoute const& route : ways.routes) TRY_VOID(check_login(route));
  return ways;
}

Result<ServerOptions> server_options(config::Config const& config) {
  TRY(std::vector<tls::Identity> identities, identities_of(config));
  TRY(server::Settings settings, settings_of(config));
  ServerOptions options{.parts = parts_options(config),
                        .admin_socket = config.admin_socket,
                        .submit_socket = config.admin_socket.parent_path() / "submit.sock",
                        .listeners = {},
                        .identities = std::move(identities),
                        .settings = std::move(settings),
                        .gates = gate_settings(config)};
  options.parts.sends_mail = config.outgoing.enabled;
  options.published = config.published;
  options.reports = config.reports;
  // Asked before the sandbox is shut.
  if (options.published.addresses.empty()) options.published.addresses = api::public_addresses();
  if (config.outgoing.enabled || config.settings.judge.on()) {
    TRY(options.parts.dns, dns::read_setup(config.dns));
  }
  if (config.outgoing.enabled) {
    options.outgoing = config.outgoing;
    TRY(OutgoingWays ways, ways_of(config));
    options.parts.routes = ways.routes;
    options.outgoing.routes = std::move(ways.routes);
    options.parts.queue.schedule.transactions = config.outgoing.connections;
  }
  for (config::Listener const& each : config.listeners)
    options.listeners.push_back({each.service, each.where, each.if_available, each.legacy_tls, each.path});
  return options;
}

}  // namespace yubin::app
