// How a request finds its handler: each part of the admin API (Api, QueueApi, …) has a table of paths.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/call.h"
#include "api/json.h"
#include "api/query.h"
#include "base/text.h"

namespace yubin::api {

// A method and path, and which member function of `Part` answers them.
template <class Part>
struct Route {
  std::string_view method;
  std::string_view path;  // {} stands for one segment
  void (Part::*handler)(Call, Reply);
};

// Without what stands behind the "?".
inline std::string_view path_of(http::Request const& request) {
  return std::string_view(request.target).substr(0, request.target.find('?'));
}

// What stands for {} in `pattern`, or nothing if there is no {}; no value if `path` does not fit.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path);

template <class Part>
bool any_matches(std::span<Route<Part> const> routes, http::Request const& request) {
  return std::ranges::any_of(routes,
                             [&](Route<Part> const& route) { return match(route.path, path_of(request)).has_value(); });
}

// Calls the handler, or replies 400, 404 or 405 itself. `peer` names who asks.
template <class Part>
void dispatch(Part& part, std::span<Route<Part> const> routes, http::Request request, std::string peer, Reply reply) {
  std::string_view const path = path_of(request);
  bool path_known = false;
  for (Route<Part> const& route : routes) {
    auto const parameter = match(route.path, path);
    if (!parameter) continue;
    path_known = true;
    if (route.method != request.method) continue;
    Result<std::string> decoded = percent_decode(*parameter);
    if (!decoded) return reply(error_response(decoded.error()));
    std::string query = request.target.substr(std::min(request.target.size(), path.size() + 1));
    return (part.*route.handler)({*std::move(decoded), std::move(query), std::move(request.body), std::move(peer)},
                                 std::move(reply));
  }
  if (path_known) return reply(json_response(405, {{"error", "this path does not take " + request.method}}));
  reply(json_response(404, {{"error", "no such path: " + quoted(path)}}));
}

}  // namespace yubin::api
