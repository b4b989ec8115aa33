// The queue of messages that go out: who is due, who is on the way, what becomes of them.
//
// Rows are in Table::queue (message_row.h). In memory there is one small record for each destination that has
// recipients waiting, and one for each message that is on its way just now; so millions of recipients may wait. A
// recipient is taken by one taker only (a lease, in memory): nothing is sent twice by a running server. When the server
// dies between the remote's answer and our commit, the recipients' rows are as before, and that one transaction is sent
// again.
//
// Fairness: destinations take turns, each with at most `per_destination` transactions at a time; one that cannot be
// reached is left alone for a while, whatever waits for it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "journal/journal.h"
#include "kv/changer.h"
#include "kv/key_value.h"
#include "queue/message_row.h"
#include "queue/retry.h"
#include "smtp/outcome.h"

namespace yubin::queue {

struct Options {
  RetryOptions retry{};
  std::size_t per_destination = 5;       // transactions at a time to one destination
  std::size_t per_transaction = 50;      // recipients; RFC 5321 section 4.5.3.1.8: any server takes 100
  std::chrono::seconds pause_first{60};  // for a destination that cannot be reached; twice as long each time
  std::chrono::seconds pause_longest{1800};
};

// Some of a message's recipients at one destination, taken: nobody else has them until settle() or put_back().
struct Job {
  UniqueId id;
  MessageRow message;
  std::string destination;
  struct One {
    std::uint32_t number;
    RecipientRow row;
  };
  std::vector<One> recipients;
};

// How the destination itself did, beside the recipients' fates.
enum class Reached { yes, no };

// Whether the peer refuses only because it has not seen us before (RFC 6647); known by its words.
bool is_greylisted(smtp::OutcomeDetail const& why);

class Outgoing {
 public:
  struct Services {
    kv::KeyValue const& key_value;
    kv::Changer& changer;
    journal::Journal& journal;
    Clock const& clock;
    Random& random;
    // In the batch that takes the last of a message's recipients away: its body is not used here any more.
    std::function<void(kv::Changes&, kv::BodyRef const&)> release_body;
  };
  // What the services refer to outlives this.
  Outgoing(Services services, Options const& options);

  // Puts a message into the batch that accepts it, due at once; the body is held by the caller in the same batch.
  // After the commit the waiting takers are told. Any thread.
  void add(kv::Changes& changes, UniqueId id, MessageRow const& message, std::span<smtp::Recipient const> recipients);
  // Where a recipient is due: its domain.
  static std::string destination_of(smtp::ForwardPath const& path);

  // Finds all destinations that have somebody waiting; once, before the first take(). Reads the store.
  Result<> open();
  // The next recipients that are due, of one message and one destination. None: nothing is due that may be taken. Reads
  // the store.
  Result<std::optional<Job>> take();
  // The same of this destination, for who has a connection to it.
  Result<std::optional<Job>> take(std::string const& destination);
  // When take() may have something again at the earliest; none: nothing waits. Any thread.
  std::optional<WallTime> next_due() const;
  // Called after each commit or end of a job that made something due; quick. Set before the first add().
  void on_due(std::function<void()> callback);

  // What became of a job, an outcome for each of its recipients in their order. One batch: rows, due rows, and the
  // journal's entry with each fate. Deferred after `give_up` becomes Failed. Failed recipients leave the queue here, so
  // who owes the sender a report has sealed it before: `more` adds it to the same batch. On an error nothing has
  // changed; the recipients are due again.
  using More = std::function<void(kv::Changes&)>;
  kv::Ticket<void> settle(Job job, std::vector<smtp::Outcome> outcomes, Reached reached, journal::Entry entry,
                          More more = {});
  // As if it had not been taken.
  void put_back(Job const& job);
  // Turns what is deferred for too long into failed.
  void give_up_on_old(Job const& job, std::vector<smtp::Outcome>& outcomes) const;

  // For people; the store's state, without those that are on their way being stopped. Errors: not_found.
  struct Listed {
    UniqueId id;
    MessageRow message;
    std::vector<Job::One> recipients;
  };
  Result<std::vector<Listed>> list(std::optional<UniqueId> after, std::size_t limit) const;
  Result<Listed> show(UniqueId id) const;
  enum class Action { retry, hold, release, remove };
  // All of a message's recipients that are not on their way just now; how many.
  kv::Ticket<std::size_t> act(UniqueId id, Action action, journal::Entry entry);

 private:
  struct Destination {
    Seconds next_due = 0;    // of those that are not taken; a lower bound
    std::size_t active = 0;  // jobs
    Seconds paused_until = 0;
    unsigned failures = 0;  // in a row
    bool fresh = false;     // next_due was lowered since somebody last read what is due
  };
  struct Message {
    std::size_t jobs = 0;               // that have some of its recipients, or are just taking some
    std::optional<std::size_t> left{};  // recipients' rows, once they are counted
  };
  struct Change {
    std::vector<std::string> erase{};
    std::vector<std::pair<std::string, std::string>> put{};
    std::size_t gone = 0;
    std::optional<Seconds> due{};  // the earliest of those that go on waiting
  };

  Seconds now() const;
  void wake_at(std::string const& destination, Seconds due);
  Result<> remove_orphans();
  void remove_message(UniqueId id, kv::BodyRef const& body);

  std::optional<std::string> next_in_turn();
  Result<std::optional<Job>> take_from(std::string const& destination);
  Result<std::vector<DueKey>> lease(std::string const& destination);
  void give_back(std::vector<DueKey> const& keys);
  void leave_message(UniqueId id);
  Result<Job> load(std::string const& destination, std::vector<DueKey> const& keys);
  Result<> count_left(UniqueId id);

  Change change_of(Job const& job, std::vector<smtp::Outcome> const& outcomes) const;
  static void add_fates(journal::Entry& entry, Job const& job, std::vector<smtp::Outcome> const& outcomes);
  void finished(Job const& job, std::size_t gone, Reached reached, std::optional<Seconds> due);
  void remove_if_empty(Job const& job);

  Result<std::vector<Job::One>> recipients_of(UniqueId id) const;
  Result<Listed> take_for_change(UniqueId id, Action action);
  static void change_one(kv::Changes& changes, UniqueId id, Job::One const& one, Action action, Seconds time);
  void finish_change(Listed const& listed, Action action, bool done);

  Services services_;
  Options const options_;
  std::shared_ptr<std::function<void()> const> on_due_;
  mutable std::mutex mutex_;
  std::map<std::string, Destination> destinations_;
  std::map<UniqueId, Message> messages_;                // some of whose recipients are taken
  std::set<std::pair<UniqueId, std::uint32_t>> taken_;  // recipients
  std::set<UniqueId> emptied_;                          // whose last recipients are gone, and their row is not
  std::string last_;                                    // the destination that had the last turn
};

}  // namespace yubin::queue
