// The part of the admin API that is about mail that waits to be sent: /api/v1/queue and /api/v1/block-lists.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "api/api.h"
#include "http/message.h"

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

  static bool takes(http::Request const& request);
  // On the storage pool. `peer` names who asks.
  void handle(http::Request request, std::string peer, Reply reply);

 private:
  using Handler = void (QueueApi::*)(Call, Reply);
  struct Route {
    std::string_view method;
    std::string_view path;  // {} stands for one segment, at its end
    Handler handler;
  };
  static std::span<Route const> routes();

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
