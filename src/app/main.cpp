// The program `yubin`: a server and its command line in one binary.
#include <CLI/CLI.hpp>

#include "app/commands.h"

int main(int argc, char** argv) {
  CLI::App app("Yubin, a complete mail server", "yubin");
  yubin::cli::Context context;
  yubin::app::add_all_commands(app, context);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    return app.exit(error) == 0 ? yubin::cli::kYes : yubin::cli::kUsage;
  }
  return context.run();
}
