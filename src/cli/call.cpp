#include "cli/call.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "base/text.h"
#include "http/client.h"

namespace yubin::cli {

namespace json = boost::json;

int complain(std::string_view sentence) {
  fmt::print(stderr, "yubin: {}\n", sentence);
  return kNo;
}

std::string path_segment(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool plain = is_alpha(c) || is_digit(c) || std::string_view("-._~@+").find(c) != std::string_view::npos;
    if (plain) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string text_of(json::object const& object, std::string_view name) {
  auto const* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_string()) return json::serialize(*value);
  return {value->get_string().data(), value->get_string().size()};
}

Result<json::object> ask(Context const& context, std::string_view method, std::string const& path,
                         json::object const* body) {
  http::Request request{std::string(method), path, body != nullptr ? json::serialize(*body) : ""};
  TRY(http::Response response, http::request(context.socket, request));
  json::error_code error;
  json::value answer = json::parse(response.body, error);
  if (error || !answer.is_object()) {
    return fail(Errc::temporary, fmt::format("the server answered {} and no JSON; is {} its admin socket?",
                                             response.status, context.socket));
  }
  if (response.status >= 300) return fail(Errc::conflict, text_of(answer.get_object(), "error"));
  return std::move(answer.get_object());
}

int call(Context const& context, std::string_view method, std::string const& path, json::object const* body,
         Print const& print) {
  Result<json::object> answer = ask(context, method, path, body);
  if (!answer) return complain(answer.error().detail);
  if (context.json) {
    fmt::print("{}\n", json::serialize(*answer));
  } else {
    print(*answer);
  }
  return kYes;
}

}  // namespace yubin::cli
