// The configuration file, looked at without a server.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/call.h"
#include "config/config.h"
#include "config/print.h"

namespace yubin::cli {

namespace {

struct Options {
  std::string file = kConfigurationFile;
  std::string key;
  bool effective = false;
};

int complain_all(config::Problems const& problems) {
  for (std::string const& problem : problems) complain(problem);
  return kNo;
}

int check(Options const& options) {
  auto const loaded = config::load(options.file);
  if (!loaded) return complain_all(loaded.error());
  fmt::print("{} is right\n", options.file);
  return kYes;
}

int show(Options const& options) {
  auto loaded = config::load(options.file);
  if (!loaded) return complain_all(loaded.error());
  fmt::print("{}", options.effective ? config::effective(*loaded, options.file) : config::changed(*loaded));
  return kYes;
}

// Says what an option is even if there is no file, or a wrong one: that may be why somebody asks.
int explain(Options const& options) {
  auto const loaded = config::load(options.file);
  Result<std::string> const text =
      loaded ? config::explain(options.key, *loaded, options.file) : config::explain(options.key);
  if (!text) return complain(text.error().detail);
  fmt::print("{}", *text);
  return kYes;
}

}  // namespace

void add_config_command(CLI::App& app, Context& context) {
  CLI::App* config = app.add_subcommand("config", "look at the configuration file")->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto add = [&](char const* name, char const* meaning, int (*run)(Options const&)) {
    CLI::App* command = config->add_subcommand(name, meaning);
    command->callback([&context, options, run] { context.run = [options, run] { return run(*options); }; });
    return command;
  };
  add("check", "say what is wrong with a file, or that nothing is", &check)
      ->add_option("FILE", options->file)
      ->capture_default_str();
  CLI::App* showing = add("show", "what a file sets", &show);
  showing->add_flag("--effective", options->effective, "every option, with where its value comes from");
  showing->add_option("--config", options->file, "the file")->capture_default_str();
  CLI::App* explaining = add("explain", "what an option is, its default and its value", &explain);
  explaining->add_option("KEY", options->key, "like imap.idle_time")->required();
  explaining->add_option("--config", options->file, "the file")->capture_default_str();
  add("sample", "a file with every option and its default", [](Options const&) {
    fmt::print("{}", config::sample());
    return kYes;
  });
}

}  // namespace yubin::cli
