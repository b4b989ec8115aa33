// The program `yubin`: a server and its command line in one binary.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/demo.h"
#include "cli/cli.h"

namespace {

void add_demo_command(CLI::App& app, yubin::cli::Context& context) {
  CLI::App* demo = app.add_subcommand("demo", "a complete server for example.test in one folder, for trying out");
  auto options = std::make_shared<yubin::app::DemoOptions>();
  demo->add_option("--dir", options->directory, "where everything is kept")->required();
  demo->add_option("--base-port", options->base_port, "added to each service's standard port")->capture_default_str();
  demo->add_option("--password", options->password, "of all accounts; without it a random one is made and kept");
  demo->add_option("--accounts", options->accounts, "also make user1 to userN")->check(CLI::Range(0, 1000000));
  demo->add_flag("--fast-auth", options->fast_auth, "a cheap password hash, for load tools only");
  demo->add_flag("--allow-cleartext", options->allow_cleartext, "login without TLS, for load tools only");
  demo->add_flag("--strict", options->strict, "limits hold for loopback too");
  demo->callback([options, &context] {
    context.run = [options] {
      yubin::Result<> result = yubin::app::run_demo(*options);
      if (result) return yubin::cli::kYes;
      fmt::print(stderr, "yubin: {}\n", result.error().detail);
      return yubin::cli::kNo;
    };
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Yubin, a complete mail server", "yubin");
  yubin::cli::Context context;
  yubin::cli::add_commands(app, context);
  add_demo_command(app, context);
  app.require_subcommand(1);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    return app.exit(error) == 0 ? yubin::cli::kYes : yubin::cli::kUsage;
  }
  return context.run();
}
