// `yubin report`.
#pragma once

#include "cli/cli.h"

namespace yubin::cli {

void add_report_command(CLI::App& app, Context& context);

}  // namespace yubin::cli
