// The program `yubin`: a server and its command line in one binary.
#include <CLI/CLI.hpp>
#include <span>
#include <string>
#include <vector>

#include "app/commands.h"
#include "cli/sendmail.h"
#include "cli/usage.h"

int main(int argc, char** argv) {
  std::vector<std::string> const arguments(argv, argv + argc);
  if (argc > 0 && yubin::cli::is_sendmail_name(arguments[0]))
    return yubin::cli::run_sendmail(arguments[0], std::span(arguments).subspan(1));
  CLI::App app("Yubin, a complete mail server", "yubin");
  yubin::cli::Context context;
  yubin::app::add_all_commands(app, context);
  app.failure_message(yubin::cli::usage_message);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    return app.exit(error) == 0 ? yubin::cli::kYes : yubin::cli::kUsage;
  }
  return context.run();
}
