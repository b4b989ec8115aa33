#include "app/parts.h"

namespace yubin::app {

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

// The journal's work gives a ticket; this thread may wait for it.
Result<Turn> turn(kv::Ticket<bool> const& ticket) {
  TRY(bool const more, ticket.wait());
  return more ? Turn::more : Turn::done;
}

}  // namespace

// What the server does for itself now and then: name, interval, function (base/upkeep.h).
void Parts::add_upkeep() {
  upkeep.add_in_turns("bodies.collect", minutes(1), [this] { return collector->collect(); });
  upkeep.add_in_turns("accounts.purge", minutes(60), [this] { return purge->slice(); });
  upkeep.add_in_turns("store.trash", minutes(10), [this] { return housekeeping->empty_trash(); });
  upkeep.add_in_turns("store.change_logs", minutes(24 * 60), [this] { return housekeeping->trim_change_logs(); });
  upkeep.add_in_turns("store.threads", minutes(24 * 60), [this] { return housekeeping->forget_threads(); });
  upkeep.add_in_turns(std::string(kDeliverQueued), minutes(1), [this] { return delivery->deliver_queued(); });
  (void)upkeep.run_soon(kDeliverQueued);  // what a stop or a crash has left
  if (outgoing) upkeep.add_in_turns("queue.sweep", minutes(24 * 60), [this] { return outgoing->sweep(); });
  upkeep.add("bodies.reclaim", minutes(5), [this] { return bodies->reclaim(); });
  upkeep.add("bodies.rewrite", seconds(1), [this] { return bodies->rewrite(*committer, clock.steady()); });
  upkeep.add_in_turns("journal.index", seconds(5), [this] { return turn(journal->index_some()); });
  upkeep.add_in_turns("journal.retention", minutes(10), [this] { return turn(journal->expire_some()); });
  upkeep.add("logins.write", seconds(5), [this] { return known_logins->write().wait(); });
  upkeep.add_in_turns("backup_mx.forget", minutes(60), [this] { return backup_recipients->forget_old(); });
  upkeep.add("submission.counts", minutes(1), [this] { return sending_counts->write(); });
  upkeep.add_in_turns("logins.forget", minutes(60), [this] { return known_logins->forget_old(); });
  if (key_ring->options().enabled) {
    dns_upkeep.add_in_turns(std::string(kDkimKeys), minutes(1), [this] { return key_watch->look_after_one(); });
    (void)dns_upkeep.run_soon(kDkimKeys);
  }
  upkeep.add("journal.noted", seconds(1), [this] { return journal->write_noted().wait(); });
}

}  // namespace yubin::app
