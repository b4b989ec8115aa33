// `yubin account app-password ...`
#pragma once

#include <CLI/CLI.hpp>

#include "cli/cli.h"

namespace yubin::cli {

void add_app_password_commands(CLI::App& account, Context& context);

}  // namespace yubin::cli
