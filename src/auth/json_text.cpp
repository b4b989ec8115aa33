#include "auth/json_text.h"

#include <boost/json/parse.hpp>

namespace yubin::auth {

Result<boost::json::object> parse_json_object(std::string_view text) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(text, error);
  if (error || !value.is_object()) return fail(Errc::syntax, "that is no JSON object");
  return std::move(value.get_object());
}

std::string json_text(boost::json::object const& object, std::string_view name) {
  auto const* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

}  // namespace yubin::auth
