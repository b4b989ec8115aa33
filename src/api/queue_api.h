// The part of the admin API that is about mail that waits to be sent: /api/v1/queue and /api/v1/block-lists.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "api/route.h"
#include "base/executor.h"
#include "journal/journal.h"
#include "kv/bodies.h"

namespace yubin::queue {
class Outgoing;
}

namespace yubin::api {

class QueueApi {
 public:
  // All outlive the requests.
  struct Services {
    queue::Outgoing* outgoing;  // none: no mail goes out
    kv::Bodies const& bodies;
    journal::Journal& journal;
    Executor& pool;
  };
  explicit QueueApi(Services services) : services_(services) {}

  static bool takes(http::Request const& request) { return any_matches(routes(), request); }
  // On the storage pool. `peer` names who asks.
  void handle(http::Request request, std::string peer, Reply reply);

 private:
  static std::span<Route<QueueApi> const> routes();

  void list_queue(Call call, Reply reply);
  void show_queued(Call call, Reply reply);
  void act_on_queue(Call call, Reply reply);
  void list_block_lists(Call call, Reply reply);
  struct Acting;
  void go_on_acting(std::shared_ptr<Acting> const& work);
  void acted(std::shared_ptr<Acting> const& work);

  Services const services_;
};

}  // namespace yubin::api
