// The subcommands of `yubin check`, one file each. None needs a running server.
#pragma once

#include "cli/cli.h"

namespace yubin::cli {

void add_check_arc(CLI::App& check, Context& context);
void add_check_dkim(CLI::App& check, Context& context);
void add_check_dmarc(CLI::App& check, Context& context);
void add_check_message(CLI::App& check, Context& context);
void add_check_spf(CLI::App& check, Context& context);

}  // namespace yubin::cli
