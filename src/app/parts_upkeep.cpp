#include "app/parts.h"

namespace yubin::app {

using std::chrono::minutes;
using std::chrono::seconds;

// What the server does for itself now and then: name, interval, function (base/upkeep.h).
void Parts::add_upkeep() {
  upkeep.add_in_turns("bodies.collect", minutes(1), [this] { return collector->collect(); });
  upkeep.add_in_turns("accounts.purge", minutes(60), [this] { return purge->slice(); });
  upkeep.add_in_turns("store.trash", minutes(10), [this] { return housekeeping->empty_trash(); });
  upkeep.add_in_turns("store.change_logs", minutes(24 * 60), [this] { return housekeeping->trim_change_logs(); });
  upkeep.add("bodies.reclaim", minutes(5), [this] { return bodies->reclaim(); });
  upkeep.add("bodies.rewrite", seconds(1), [this] { return bodies->rewrite(*committer, clock.steady()); });
}

}  // namespace yubin::app
