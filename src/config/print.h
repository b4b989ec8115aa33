// The configuration for people: made from the table of options.
#pragma once

#include <string>

#include "config/config.h"

namespace yubin::config {

// A file with every option, each commented out with what it does, what it takes and its default.
std::string sample();

// Every option with its value and where that comes from, as a file that means the same.
std::string effective(Loaded const& loaded, std::string_view file_name);

// What the file itself sets, without where.
std::string changed(Loaded const& loaded);

// One option: what it does, what it takes, its default. not_found with a suggestion.
Result<std::string> explain(std::string_view name);
// The same, with what a file makes of it.
Result<std::string> explain(std::string_view name, Loaded const& loaded, std::string_view file_name);

// yubin.toml(5), as roff with man macros.
std::string manual_page();

}  // namespace yubin::config
