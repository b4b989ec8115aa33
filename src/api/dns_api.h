// The part of the admin API that is about what the DNS should say of a domain, and says: /api/v1/dns/DOMAIN.
#pragma once

#include <span>

#include "api/dns_watch.h"
#include "api/route.h"

namespace yubin::api {

class DnsApi {
 public:
  // Both outlive the requests.
  DnsApi(policy::KeyRing& ring, DnsWatch& watch) : ring_(ring), watch_(watch) {}

  static bool takes(http::Request const& request) { return any_matches(routes(), request); }
  // On the storage pool. `peer` names who asks.
  void handle(http::Request request, std::string peer, Reply reply) {
    dispatch(*this, routes(), std::move(request), std::move(peer), std::move(reply));
  }

 private:
  static std::span<Route<DnsApi> const> routes();

  void show(Call call, Reply reply);
  void check(Call call, Reply reply);

  policy::KeyRing& ring_;
  DnsWatch& watch_;
};

}  // namespace yubin::api
