#include "app/parts.h"

namespace yubin::app {

using std::chrono::minutes;
using std::chrono::seconds;

// What the server does for itself now and then: name, interval, function (base/upkeep.h).
void Parts::add_upkeep() {
  upkeep.add_in_turns("bodies.collect", minutes(1), [this] { return collector->collect(); });
  upkeep.add_in_turns(std::string(kDeliverQueued), minutes(1), [this] { return delivery->deliver_queued(); });
  (void)upkeep.run_soon(kDeliverQueued);  // what a stop or a crash has left
  upkeep.add("bodies.reclaim", minutes(5), [this] { return bodies->reclaim(); });
  upkeep.add("bodies.rewrite", seconds(1), [this] { return bodies->rewrite(*committer, clock.steady()); });
}

}  // namespace yubin::app
