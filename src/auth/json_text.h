// Reading JSON (RFC 8259) from outside.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::auth {

// Errors: syntax. At most 32 levels deep.
Result<boost::json::object> parse_json_object(std::string_view text);
// The member's text; empty if there is none or it is something else.
std::string json_text(boost::json::object const& object, std::string_view name);

}  // namespace yubin::auth
