// One call of the admin API, and printing what came.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/cli.h"

namespace yubin::cli {

// Percent-encodes one segment of a path.
std::string path_segment(std::string_view text);

// Calls the API. Errors: not_found (no server runs there), denied (no permission to talk to it), temporary; conflict:
// the server said no, and why.
Result<boost::json::object> ask(Context const& context, std::string_view method, std::string const& path,
                                boost::json::object const* body);

// Calls the API; prints the answer as JSON when asked so, by `print` otherwise; an error goes to standard error.
// Returns the exit code.
using Print = std::function<void(boost::json::object const&)>;
int call(Context const& context, std::string_view method, std::string const& path, boost::json::object const* body,
         Print const& print);

// A member's text, or nothing.
std::string text_of(boost::json::object const& object, std::string_view name);

int complain(std::string_view sentence);  // to standard error; returns kNo

}  // namespace yubin::cli
