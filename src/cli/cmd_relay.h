// `yubin relay`: the hosts that outgoing mail is given to, tried.
#pragma once

#include "cli/cli.h"

namespace yubin::cli {

void add_relay_command(CLI::App& app, Context& context);

}  // namespace yubin::cli
