// The part of the admin API that is about the keys that mail is signed with: /api/v1/dkim/DOMAIN.
#pragma once

#include <span>

#include "api/route.h"
#include "deliver/key_watch.h"
#include "journal/journal.h"

namespace yubin::api {

class DkimApi {
 public:
  // All outlive the requests.
  struct Services {
    policy::KeyRing& ring;
    deliver::KeyWatch& watch;
    journal::Journal& journal;
  };
  explicit DkimApi(Services services) : services_(services) {}

  static bool takes(http::Request const& request) { return any_matches(routes(), request); }
  // On the storage pool. `peer` names who asks.
  void handle(http::Request request, std::string peer, Reply reply) {
    dispatch(*this, routes(), std::move(request), std::move(peer), std::move(reply));
  }

 private:
  static std::span<Route<DkimApi> const> routes();

  void show(Call call, Reply reply);
  void rotate(Call call, Reply reply);
  void check(Call call, Reply reply);

  Services const services_;
};

}  // namespace yubin::api
