#include "cli/dns_facts.h"

namespace yubin::cli {

api::DnsFacts facts_of(config::Config const& config) {
  std::string const by_route = deliver::relay_for_all(config.outgoing.routes);
  api::DnsFacts facts{.host_name = config.settings.host_name,
                      .addresses = config.published.addresses,
                      .relay = by_route.empty() ? config.relay.where.host : by_route,
                      .block_lists = config.published.block_lists,
                      .web_host = config.published.web_host,
                      .issuers = config.published.issuers,
                      .reads_reports = config.settings.reception.own.reports};
  if (facts.addresses.empty()) facts.addresses = api::public_addresses();
  for (config::Listener const& each : config.listeners) {
    if (each.path.empty() && !each.legacy_tls)
      facts.add_listener(each.service->name, each.where.address, each.where.port);
  }
  return facts;
}

}  // namespace yubin::cli
