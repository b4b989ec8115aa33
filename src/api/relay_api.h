// The part of the admin API that tries the ways by which mail leaves: /api/v1/relay-test.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "api/route.h"
#include "deliver/route_check.h"

namespace yubin::api {

class RelayApi {
 public:
  // Tries a route and calls back, on any thread. None: no mail goes out.
  using Check = std::function<void(deliver::RouteQuestion, std::move_only_function<void(deliver::RouteReport)>)>;
  explicit RelayApi(Check check) : check_(std::move(check)) {}

  static bool takes(http::Request const& request) { return any_matches(routes(), request); }
  // On the storage pool. `peer` names who asks.
  void handle(http::Request request, std::string peer, Reply reply);

 private:
  static std::span<Route<RelayApi> const> routes();

  void test(Call call, Reply reply);

  Check const check_;
};

}  // namespace yubin::api
