// The subcommands that need the whole server, and main()'s part of the command line.
#pragma once

#include "cli/cli.h"

namespace yubin::app {

// The whole command line: global options, everybody's subcommands. `context` outlives `app`.
void add_all_commands(CLI::App& app, cli::Context& context);

void add_demo_command(CLI::App& app, cli::Context& context);
void add_init_command(CLI::App& app, cli::Context& context);
void add_serve_command(CLI::App& app, cli::Context& context);

}  // namespace yubin::app
