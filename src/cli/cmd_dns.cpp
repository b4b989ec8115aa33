// What a domain needs in the DNS, and whether it is there.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "api/dns_records.h"
#include "cli/call.h"
#include "cli/dns_facts.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

struct Options {
  std::string domain;
  std::string file{};  // empty: the running server is asked
  std::string format = "zone";
};

// Before there is a server; without keys and certificates, which only that knows.
int show_of_file(Options const& options) {
  auto const loaded = config::load(options.file);
  if (!loaded) return complain(loaded.error().front());
  Result<mime::Domain> const domain = mime::Domain::parse(options.domain);
  if (!domain) return complain(domain.error().detail);
  fmt::print("{}", api::dns_advice(facts_of(loaded->config), *domain, {}));
  return kYes;
}

int show(Context const& context, Options const& options) {
  if (!options.file.empty()) return show_of_file(options);
  Context as = context;
  as.json = as.json || options.format == "json";
  std::string const path = "/api/v1/dns/" + path_segment(options.domain);
  return call(as, "GET", path, nullptr,
              [&](json::object const& answer) { fmt::print("{}", text_of(answer, options.format)); });
}

// Those that are good in one line each, of others also what there is and what there should be.
void print_finding(json::object const& finding) {
  std::string const verdict = text_of(finding, "verdict");
  std::string const detail = text_of(finding, "detail");
  fmt::print("{:<7}  {} {}{}{}\n", verdict, text_of(finding, "name"), text_of(finding, "type"),
             detail.empty() ? "" : ": ", detail);
  if (verdict == "good") return;
  fmt::print("           should be: {}\n", text_of(finding, "expected"));
  for (json::value const& one : finding.at("found").as_array())
    fmt::print("           is: {}\n", std::string_view(one.as_string()));
}

// Yes when nothing is wrong or unknown; what would merely be nice to have does not count.
int check(Context const& context, Options const& options) {
  std::string const path = "/api/v1/dns/" + path_segment(options.domain) + "/check";
  Result<json::object> const answer = ask(context, "POST", path, nullptr);
  if (!answer) return complain(answer.error().detail);
  int const code = answer->at("good").as_bool() ? kYes : kNo;
  if (context.json) {
    fmt::print("{}\n", json::serialize(*answer));
    return code;
  }
  for (json::value const& one : answer->at("findings").as_array()) print_finding(one.as_object());
  return code;
}

}  // namespace

void add_dns_command(CLI::App& app, Context& context) {
  CLI::App* dns = app.add_subcommand("dns", "what a domain needs in the DNS")->require_subcommand(1);
  auto shown = std::make_shared<Options>();
  CLI::App* command = dns->add_subcommand("show", "the records to publish");
  command->add_option("DOMAIN", shown->domain)->required();
  command->add_option("--format", shown->format, "zone (a zone file), form (for a form in a web page) or json")
      ->check(CLI::IsMember({"zone", "form", "json"}))
      ->capture_default_str();
  command->add_option("--config", shown->file,
                      "a configuration, when no server runs yet: without signing keys and TLSA");
  command->callback([&context, shown] { context.run = [&context, shown] { return show(context, *shown); }; });

  auto checked = std::make_shared<Options>();
  command = dns->add_subcommand("check",
                                "each record as it is and as it should be; names of our addresses, block "
                                "lists, certificates");
  command->add_option("DOMAIN", checked->domain)->required();
  command->callback([&context, checked] { context.run = [&context, checked] { return check(context, *checked); }; });
}

}  // namespace yubin::cli
