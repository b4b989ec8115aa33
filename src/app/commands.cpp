#include "app/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/demo.h"
#include "app/init.h"
#include "app/serve.h"
#include "app/version.h"
#include "cli/call.h"
#include "cli/manual.h"

namespace yubin::app {

namespace {

int exit_code(Result<> const& result) {
  return result ? cli::kYes : cli::complain(result.error().detail);
}

}  // namespace

void add_demo_command(CLI::App& app, cli::Context& context) {
  CLI::App* demo = app.add_subcommand("demo", "a complete server for example.test in one folder, for trying out");
  auto options = std::make_shared<DemoOptions>();
  demo->add_option("--dir", options->directory, "where everything is kept")->required();
  demo->add_option("--base-port", options->base_port, "added to each service's standard port")->capture_default_str();
  demo->add_option("--password", options->password, "of all accounts; without it a random one is made and kept");
  demo->add_option("--accounts", options->accounts, "also make user1 to userN")->check(CLI::Range(0, 1000000));
  demo->add_flag("--fast-auth", options->fast_auth, "a cheap password hash, for load tools only");
  demo->add_flag("--allow-cleartext", options->allow_cleartext, "login without TLS, for load tools only");
  demo->add_flag("--strict", options->strict, "limits hold for loopback too");
  demo->add_option("--dns", options->dns,
                   "a name server that is asked, like 127.0.0.1:5353; for yubin dns and dkim. Without it none is");
  demo->callback([options, &context] { context.run = [options] { return exit_code(run_demo(*options)); }; });
}

void add_init_command(CLI::App& app, cli::Context& context) {
  CLI::App* init = app.add_subcommand("init", "make the configuration, the store, and the first domain and account");
  auto options = std::make_shared<InitOptions>();
  init->add_option("--host", options->host, "this machine's full name in DNS, like mx.example.org")->required();
  init->add_option("--domain", options->domain, "the first domain to take mail for")->required();
  init->add_option("--admin", options->admin, "address of the first account, in that domain")->required();
  init->add_option("--cert", options->certificate,
                   "certificate with intermediates, PEM; else a self-signed one is made");
  init->add_option("--key", options->key, "its key, PEM");
  init->add_option("--config", options->configuration, "the file to write")->capture_default_str();
  init->add_option("--store", options->store, "where mail is kept")->capture_default_str();
  init->callback([options, &context] { context.run = [options] { return exit_code(run_init(*options)); }; });
}

void add_serve_command(CLI::App& app, cli::Context& context) {
  CLI::App* serve = app.add_subcommand("serve", "run the server in the foreground");
  auto file = std::make_shared<std::string>(cli::kConfigurationFile);
  serve->add_option("--config", *file, "the configuration")->capture_default_str();
  serve->callback([file, &context] {
    context.run = [file] {
      auto const result = run_serve(*file);
      if (result) return cli::kYes;
      for (std::string const& problem : result.error()) cli::complain(problem);
      return cli::kNo;
    };
  });
}

void add_all_commands(CLI::App& app, cli::Context& context) {
  app.set_version_flag("--version", fmt::format("yubin {}", version()));
  app.require_subcommand(1);
  add_init_command(app, context);
  add_serve_command(app, context);
  cli::add_commands(app, context);
  add_demo_command(app, context);
  cli::add_manual_commands(app, context);
}

}  // namespace yubin::app
