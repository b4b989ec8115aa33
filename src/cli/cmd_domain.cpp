#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include "cli/call.h"

namespace yubin::cli {

namespace json = boost::json;

void add_domain_command(CLI::App& app, Context& context) {
  CLI::App* domain = app.add_subcommand("domain", "domains whose mail this server takes")->require_subcommand(1);
  auto name = std::make_shared<std::string>();

  CLI::App* add = domain->add_subcommand("add", "take mail for a domain");
  add->add_option("DOMAIN", *name)->required();
  add->callback([&context, name] {
    context.run = [&context, name] {
      json::object body{{"name", *name}};
      return call(context, "POST", "/api/v1/domains", &body,
                  [](json::object const& answer) { fmt::print("added {}\n", text_of(answer, "name")); });
    };
  });

  CLI::App* remove = domain->add_subcommand("remove", "take no more mail for a domain; it must have no accounts");
  remove->add_option("DOMAIN", *name)->required();
  remove->callback([&context, name] {
    context.run = [&context, name] {
      return call(context, "DELETE", "/api/v1/domains/" + path_segment(*name), nullptr,
                  [](json::object const& answer) { fmt::print("removed {}\n", text_of(answer, "removed")); });
    };
  });

  domain->add_subcommand("list", "all domains")->callback([&context] {
    context.run = [&context] {
      return call(context, "GET", "/api/v1/domains", nullptr, [](json::object const& answer) {
        for (json::value const& entry : answer.at("domains").as_array())
          fmt::print("{}\n", text_of(entry.as_object(), "unicode"));
      });
    };
  });
}

}  // namespace yubin::cli
