// What a package takes from the program itself: manual pages and completions, made from the command line's own tree
// and the table of options, so that they are never out of date.
#pragma once

#include <string>

#include "cli/cli.h"

namespace yubin::cli {

// yubin(1) as roff with man macros.
std::string manual_page(CLI::App const& app);

std::string bash_completion(CLI::App const& app);
std::string zsh_completion(CLI::App const& app);

// `yubin manual`, `yubin completion`: of all commands added to `app`. It outlives the call of context.run.
void add_manual_commands(CLI::App& app, Context& context);

}  // namespace yubin::cli
