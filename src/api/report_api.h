// The part of the admin API that is about what others report on our domains, and we on theirs: /api/v1/reports.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "api/route.h"
#include "base/clock.h"
#include "directory/directory.h"
#include "kv/key_value.h"

namespace yubin::api {

class ReportApi {
 public:
  // All outlive the requests.
  struct Services {
    directory::Directory const& directory;
    kv::KeyValue const& rows;
    Clock const& clock;
    // Reports of ours that are due go out now, with `today` also on the day that is not over. What they are on:
    // "dmarc", "tls"; none: this server sends none. Any thread.
    std::function<std::vector<std::string>(bool today)> send;
  };
  explicit ReportApi(Services services) : services_(std::move(services)) {}

  static bool takes(http::Request const& request) { return any_matches(routes(), request); }
  // On the storage pool. `peer` names who asks.
  void handle(http::Request request, std::string peer, Reply reply);

 private:
  static std::span<Route<ReportApi> const> routes();

  void show_dmarc(Call call, Reply reply);
  void show_tls(Call call, Reply reply);
  void send(Call call, Reply reply);
  std::int64_t now() const;  // seconds since 1970

  Services const services_;
};

}  // namespace yubin::api
