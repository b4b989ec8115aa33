// JSON at the API's edge: reading fields with errors that name them, and responses.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace yubin::api {

// The request's body as an object whose members are all in `known`. Errors: syntax, in one sentence.
Result<boost::json::object> parse_object(std::string_view body, std::initializer_list<std::string_view> known);
Result<std::string> get_text(boost::json::object const& object, std::string_view name);
Result<std::optional<std::string>> find_text(boost::json::object const& object, std::string_view name);
Result<std::optional<std::vector<std::string>>> find_texts(boost::json::object const& object, std::string_view name);
Result<std::optional<std::uint64_t>> find_number(boost::json::object const& object, std::string_view name);
Result<std::optional<bool>> find_bool(boost::json::object const& object, std::string_view name);

http::Response json_response(unsigned status, boost::json::object const& object);
// {"error": …} with the status that fits the code. The detail of what the world failed in goes to the log, not out.
http::Response error_response(Error const& error);

std::string iso_time(std::int64_t seconds);  // 2026-11-21T10:00:00Z

}  // namespace yubin::api
