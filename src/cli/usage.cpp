#include "cli/usage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <string_view>
#include <vector>

#include "config/suggest.h"

namespace yubin::cli {

namespace {

using Words = std::vector<std::string>;

// The command that was recognised last: of "yubin dkim rotat x" it is "dkim".
CLI::App const* deepest(CLI::App const* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().back();
  return app;
}

std::string path_of(CLI::App const* app) {
  std::string path = app->get_name();
  for (app = app->get_parent(); app != nullptr; app = app->get_parent()) path = app->get_name() + " " + path;
  return path;
}

Words commands_of(CLI::App const* app) {
  Words names;
  for (CLI::App const* one : app->get_subcommands([](CLI::App const*) { return true; }))
    names.push_back(one->get_name());
  return names;
}

// Those of the commands above it hold too.
Words options_of(CLI::App const* app) {
  Words names;
  for (; app != nullptr; app = app->get_parent())
    for (CLI::Option const* one : app->get_options())
      for (std::string const& name : one->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string suggestion(std::string_view wrong, Words const& known) {
  std::vector<std::string_view> const views(known.begin(), known.end());
  return config::did_you_mean(wrong, views);
}

std::string problem(CLI::App const* app, CLI::Error const& error) {
  CLI::App const* const command = deepest(app);
  Words const left = app->remaining(true);
  bool const is_group = command->get_require_subcommand_min() > 0;
  for (std::string const& word : left) {
    if (word.starts_with("-")) {
      std::string const name = word.substr(0, word.find('='));
      return fmt::format("there is no option \"{}\"{}", name, suggestion(name, options_of(command)));
    }
    if (!is_group) continue;
    std::string const meant = suggestion(word, commands_of(command));
    return fmt::format("there is no command \"{}\"{}", word,
                       meant.empty() ? fmt::format("; there are {}", fmt::join(commands_of(command), ", ")) : meant);
  }
  if (is_group) return fmt::format("a command is missing: {}", fmt::join(commands_of(command), ", "));
  return error.what();
}

}  // namespace

std::string usage_message(CLI::App const* app, CLI::Error const& error) {
  std::string const path = path_of(deepest(app));
  return fmt::format("{}: {}\nRun {} --help for more information.\n", path, problem(app, error), path);
}

}  // namespace yubin::cli
