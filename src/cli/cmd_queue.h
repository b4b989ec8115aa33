// `yubin queue`: what waits to be sent, and what is done about it.
#pragma once

#include "cli/cli.h"

namespace yubin::cli {

void add_queue_command(CLI::App& app, Context& context);

}  // namespace yubin::cli
