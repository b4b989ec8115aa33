// `yubin selftest`: does mail from here arrive?
#pragma once

#include "cli/cli.h"

namespace yubin::cli {

void add_selftest_command(CLI::App& app, Context& context);

}  // namespace yubin::cli
