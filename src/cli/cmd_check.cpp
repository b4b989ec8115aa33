#include "cli/cmd_check.h"

#include <CLI/CLI.hpp>

namespace yubin::cli {

void add_check_command(CLI::App& app, Context& context) {
  CLI::App* check = app.add_subcommand("check", "what the judge says of a message or a connection, without a server");
  check->require_subcommand(1);
  add_check_spf(*check, context);
  add_check_dkim(*check, context);
  add_check_dmarc(*check, context);
  add_check_arc(*check, context);
  add_check_message(*check, context);
}

}  // namespace yubin::cli
