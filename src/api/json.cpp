#include "api/json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "base/text.h"

namespace yubin::api {

namespace {

namespace json = boost::json;

constexpr LogEvent kFailed{"api.failed", LogLevel::error, "a request to the admin API failed for a reason of ours"};
constexpr std::size_t kMaxDepth = 16;

std::string_view view(json::string_view text) {
  return {text.data(), text.size()};
}

unsigned status_of(Errc code) {
  switch (code) {
    case Errc::syntax:
    case Errc::limit:
      return 400;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::denied:
      return 403;
    case Errc::temporary:
      return 503;
    case Errc::corrupt:
    case Errc::internal:
      return 500;
  }
  return 500;
}

}  // namespace

Result<json::object> parse_object(std::string_view body, std::initializer_list<std::string_view> known) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::value value = json::parse(json::string_view(body.data(), body.size()), error, {}, options);
  if (error) return fail(Errc::syntax, "the body is not JSON: " + error.message());
  if (!value.is_object()) return fail(Errc::syntax, "the body must be a JSON object");
  for (auto const& member : value.get_object()) {
    std::string_view name = view(member.key());
    if (std::ranges::find(known, name) == known.end())
      return fail(Errc::syntax, fmt::format("unknown member {}; known are: {}", quoted(name), fmt::join(known, ", ")));
  }
  return std::move(value.get_object());
}

Result<std::optional<std::string>> find_text(json::object const& object, std::string_view name) {
  auto const* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (!value->is_string()) return fail(Errc::syntax, fmt::format("{} must be a string", name));
  return std::string(view(value->get_string()));
}

Result<std::string> get_text(json::object const& object, std::string_view name) {
  TRY(std::optional<std::string> text, find_text(object, name));
  if (!text || text->empty()) return fail(Errc::syntax, fmt::format("{} is missing", name));
  return *std::move(text);
}

Result<std::optional<std::vector<std::string>>> find_texts(json::object const& object, std::string_view name) {
  auto const* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (!value->is_array()) return fail(Errc::syntax, fmt::format("{} must be a list of strings", name));
  std::vector<std::string> texts;
  for (json::value const& each : value->get_array()) {
    if (!each.is_string()) return fail(Errc::syntax, fmt::format("{} must be a list of strings", name));
    texts.emplace_back(view(each.get_string()));
  }
  return texts;
}

Result<std::optional<std::uint64_t>> find_number(json::object const& object, std::string_view name) {
  auto const* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || value->is_null()) return std::nullopt;
  json::error_code error;
  auto const number = value->to_number<std::uint64_t>(error);
  if (error) return fail(Errc::syntax, fmt::format("{} must be a whole number, not below 0", name));
  return number;
}

Result<std::optional<bool>> find_bool(json::object const& object, std::string_view name) {
  auto const* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (!value->is_bool()) return fail(Errc::syntax, fmt::format("{} must be true or false", name));
  return value->get_bool();
}

http::Response json_response(unsigned status, json::object const& object) {
  return {status, "application/json", json::serialize(object) + "\n"};
}

http::Response error_response(Error const& error) {
  unsigned status = status_of(error.code);
  if (status < 500) return json_response(status, {{"error", error.detail}});
  log(kFailed, {{"code", to_string(error.code)}, {"detail", error.detail}});
  return json_response(status, {{"error", status == 503 ? "not now; the server's log says why, and trying again is safe"
                                                        : "the server failed; its log says why"}});
}

std::string iso_time(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

}  // namespace yubin::api
