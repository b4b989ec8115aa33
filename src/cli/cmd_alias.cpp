#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include "cli/call.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

struct Options {
  std::string address;
  std::vector<std::string> targets;
};

json::array targets_of(Options const& options) {
  json::array targets;
  for (std::string const& target : options.targets) targets.push_back(json::string(target));
  return targets;
}

// "info@example.test > hanako@example.test, taro@example.test"
void print_alias(json::object const& alias) {
  std::string targets;
  for (json::value const& target : alias.at("targets").as_array()) {
    if (!targets.empty()) targets += ", ";
    targets += std::string_view(target.as_string());
  }
  fmt::print("{} > {}\n", text_of(alias, "address"), targets);
}

int add(Context const& context, Options const& options) {
  json::object const body{{"address", options.address}, {"targets", targets_of(options)}};
  return call(context, "POST", "/api/v1/aliases", &body, print_alias);
}

int change(Context const& context, std::string const& path, Options const& options) {
  json::object const body{{"targets", targets_of(options)}};
  return call(context, "PUT", path, &body, print_alias);
}

int show(Context const& context, std::string const& path) {
  return call(context, "GET", path, nullptr, print_alias);
}

int remove(Context const& context, std::string const& path) {
  return call(context, "DELETE", path, nullptr,
              [](json::object const& answer) { fmt::print("removed {}\n", text_of(answer, "removed")); });
}

int list(Context const& context) {
  return call(context, "GET", "/api/v1/aliases", nullptr, [](json::object const& answer) {
    for (json::value const& alias : answer.at("aliases").as_array()) print_alias(alias.as_object());
  });
}

}  // namespace

void add_alias_command(CLI::App& app, Context& context) {
  CLI::App* alias = app.add_subcommand("alias", "addresses that lead to others")->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto path = [options] { return "/api/v1/aliases/" + path_segment(options->address); };
  auto add_command = [&](char const* name, char const* description, std::function<int()> run) {
    CLI::App* command = alias->add_subcommand(name, description);
    command->callback([&context, run = std::move(run)] { context.run = run; });
    return command;
  };
  auto with_address = [options](CLI::App* command) {
    command->add_option("ADDRESS", options->address)->required();
    return command;
  };
  auto with_targets = [options](CLI::App* command) {
    command->add_option("TARGET", options->targets, "where its mail goes, here or elsewhere; up to 1000")->required();
  };

  with_targets(with_address(
      add_command("add", "let an address lead to others", [&context, options] { return add(context, *options); })));
  with_targets(with_address(add_command("set", "let it lead elsewhere",
                                        [&context, options, path] { return change(context, path(), *options); })));
  with_address(add_command("show", "where one leads", [&context, path] { return show(context, path()); }));
  with_address(add_command("remove", "let it lead nowhere", [&context, path] { return remove(context, path()); }));
  add_command("list", "all aliases", [&context] { return list(context); });
}

}  // namespace yubin::cli
