// What is wrong with a command line, in a sentence that names the wrong word and what may have been meant.
#pragma once

#include <string>

namespace CLI {
class App;
class Error;
}  // namespace CLI

namespace yubin::cli {

// Of the command line that `app` has parsed as far as it could; for CLI::App::failure_message().
std::string usage_message(CLI::App const* app, CLI::Error const& error);

}  // namespace yubin::cli
