#include "cli/cmd_relay.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "cli/call.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

struct Options {
  std::string route{};
  std::string to{};
  std::string from{};
};

void print(json::object const& report) {
  std::string const route = text_of(report, "route");
  if (!route.empty()) fmt::print("{}\n", route);
  for (json::value const& each : report.at("steps").as_array()) {
    json::object const& step = each.as_object();
    fmt::print("{} {}\n", step.at("good").as_bool() ? "ok    " : "FAILED", text_of(step, "text"));
  }
}

int test(Context const& context, Options const& options) {
  json::object body;
  if (!options.route.empty()) body["route"] = options.route;
  if (!options.to.empty()) body["to"] = options.to;
  if (!options.from.empty()) body["from"] = options.from;
  Result<json::object> const report = ask(context, "POST", "/api/v1/relay-test", &body);
  if (!report) return complain(report.error().detail);
  if (context.json) {
    fmt::print("{}\n", json::serialize(*report));
  } else {
    print(*report);
  }
  return report->at("good").as_bool() ? kYes : kNo;
}

}  // namespace

void add_relay_command(CLI::App& app, Context& context) {
  CLI::App* relay = app.add_subcommand("relay", "the hosts that outgoing mail is given to")->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* command =
      relay->add_subcommand("test",
                            "connect to a relay as for a message: TLS, login, and with --to whether it would take "
                            "mail for an address; nothing is sent");
  command->add_option("--route", options->route, "the name of a [[route]]; else the one that mail to --to takes");
  command->add_option("--to", options->to, "an address; without one nobody is asked for");
  command->add_option("--from", options->from, "the envelope's sender; the null reverse-path unless told");
  command->callback([&context, options] { context.run = [&context, options] { return test(context, *options); }; });
}

}  // namespace yubin::cli
