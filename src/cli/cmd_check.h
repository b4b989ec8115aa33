// The subcommands of `yubin check`, one file each. None needs a running server.
#pragma once

#include "cli/cli.h"

namespace yubin::cli {

void add_check_spf(CLI::App& check, Context& context);

}  // namespace yubin::cli
