// What a domain needs in DNS, from the configuration file alone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/call.h"
#include "cli/dns_records.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

struct Options {
  std::string domain;
  std::string file = kConfigurationFile;
};

std::string as_json(std::vector<DnsRecord> const& records) {
  json::array list;
  for (DnsRecord const& record : records)
    list.push_back(json::object{{"name", record.name}, {"type", record.type}, {"value", record.value}});
  return json::serialize(json::object{{"records", std::move(list)}});
}

int show(Context const& context, Options const& options) {
  auto const loaded = config::load(options.file);
  if (!loaded) return complain(loaded.error().front());
  Result<mime::Domain> const domain = mime::Domain::parse(options.domain);
  if (!domain) return complain(domain.error().detail);
  std::vector<IpAddress> const addresses = public_addresses();
  if (!context.json) {
    fmt::print("{}", dns_advice(loaded->config, *domain, addresses));
    return kYes;
  }
  std::vector<DnsRecord> records = records_of_domain(loaded->config, *domain);
  std::vector<DnsRecord> const host = records_of_host(loaded->config, addresses);
  records.insert(records.end(), host.begin(), host.end());
  fmt::print("{}\n", as_json(records));
  return kYes;
}

}  // namespace

void add_dns_command(CLI::App& app, Context& context) {
  CLI::App* dns = app.add_subcommand("dns", "what a domain needs in DNS")->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* showing = dns->add_subcommand("show", "the records, as lines of a zone file");
  showing->add_option("DOMAIN", options->domain)->required();
  showing->add_option("--config", options->file, "the configuration")->capture_default_str();
  showing->callback([&context, options] { context.run = [&context, options] { return show(context, *options); }; });
}

}  // namespace yubin::cli
