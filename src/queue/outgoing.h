// The queue of messages that go out: who is due, who is on the way, what becomes of them.
//
// Rows are in Table::queue (message_row.h). In memory there is one small record for each stream that has recipients
// waiting, up to a limit (schedule.h), and one for each message and recipient that is on its way just now; so millions
// of recipients may wait. A recipient is taken by one taker only (a lease, in memory): nothing is sent twice by a
// running server. When the server dies between the remote's answer and our commit, the recipients' rows are as before,
// and that one transaction is sent again.
//
// All that needs a walk over the queue goes in slices: the streams beyond those in memory, one slice a second at most
// and when nothing else is due; what remains of messages after a crash (sweep).
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
#include "base/upkeep.h"
#include "journal/journal.h"
#include "kv/changer.h"
#include "kv/key_value.h"
#include "queue/alarms.h"
#include "queue/message_row.h"
#include "queue/retry.h"
#include "queue/schedule.h"
#include "smtp/outcome.h"

namespace yubin::queue {

struct Options {
  RetryOptions retry{};
  ScheduleOptions schedule{};
  std::size_t per_transaction = 50;  // recipients; RFC 5321 section 4.5.3.1.8: any server takes 100
};

// The destination of what an administrator bounces: nobody is asked, it fails.
inline constexpr std::string_view kNowhere = ".";

class Outgoing;

// Some of a message's recipients at one destination, taken: nobody else has them until settle(), or until the last copy
// of the job is gone without it, by whatever way; then they are due again. Copies share the lease, Outgoing outlives
// it.
struct Job {
  UniqueId id;
  MessageRow message;
  std::string destination;
  struct One {
    std::uint32_t number;
    RecipientRow row;
  };
  std::vector<One> recipients;
  class Lease;
  std::shared_ptr<Lease> lease{};
};

// How the destination itself did, beside the recipients' fates.
enum class Reached { yes, no };

// Which of the queue is meant: all that stands here and is not empty.
struct Filter {
  enum class State { waiting, deferred, held, active };  // deferred: waiting, and was tried
  std::optional<UniqueId> id{};
  std::string sender{};     // the envelope's, in lower case, without brackets; "<>": the null reverse-path
  std::string domain{};     // of the recipient
  std::string recipient{};  // the whole address
  std::optional<State> state{};
};

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
    // Whether mail for a destination waits until somebody releases it. None: nobody's does.
    std::function<bool(std::string_view destination, smtp::ReversePath const& sender)> holds{};
  };
  // What the services refer to outlives this.
  Outgoing(Services services, Options const& options);

  // Puts a message into the batch that accepts it, due at once; the body is held by the caller in the same batch.
  // After the commit the waiting takers are told. Any thread.
  void add(kv::Changes& changes, UniqueId id, MessageRow const& message, std::span<smtp::Recipient const> recipients);
  // Where a recipient is due: its domain.
  static std::string destination_of(smtp::ForwardPath const& path);

  // Finds who waits, as far as there is room in memory; once, before the first take(). One look into the store for each
  // stream, and for no more than Options::schedule.streams of them.
  Result<> open();
  // One step of looking for messages whose recipients are all gone (upkeep): a crash may leave some.
  Result<Turn> sweep();
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
  // journal's entry with each fate. Failed recipients leave the queue here, so who owes the sender a report has sealed
  // it before. What the job's rows say of warnings is kept. On an error nothing has changed; the recipients are due
  // again.
  kv::Ticket<void> settle(Job job, std::vector<smtp::Outcome> outcomes, Reached reached, journal::Entry entry);
  // Not now: the job has not been tried, nothing changes in the store, and nothing of its stream is given out for that
  // long or until resume(), but to who has a connection to its destination. Any thread.
  void postpone(Job job, std::chrono::seconds wait);
  bool resume(Stream const& stream);  // false: nothing of it is due
  // Whether somebody should hear of it even if it is not tried: should_warn() of a recipient, or time to give up.
  bool is_late(Job const& job) const;
  // Turns what is deferred for too long into failed.
  void give_up_on_old(Job const& job, std::vector<smtp::Outcome>& outcomes) const;
  // Until when it is tried.
  Seconds gives_up_at(MessageRow const& message) const { return message.accepted + options_.retry.give_up.count(); }
  // Whether it is time to tell the sender that this recipient, deferred now, takes long.
  bool should_warn(Job const& job, std::size_t i) const;

  // For people; the store's state.
  struct Listed {
    UniqueId id;
    MessageRow message;
    std::vector<Job::One> recipients;
    std::set<std::uint32_t> active{};         // numbers of those on their way just now
    std::map<std::string, Seconds> paused{};  // destinations for which nothing goes out until then
  };
  struct Page {
    std::vector<Listed> messages;
    std::optional<UniqueId> next{};  // go on after this one; none: that was all
  };
  // Messages with their recipients that are meant. Looks at some hundred messages and finds at most `limit`.
  Result<Page> list(Filter const& filter, std::optional<UniqueId> after, std::size_t limit) const;
  Result<Listed> show(UniqueId id) const;  // errors: not_found
  enum class Verb { retry, hold, release, remove, bounce, redirect };
  struct Action {
    Verb verb;
    std::optional<smtp::ForwardPath> to{};  // of redirect
  };
  // To the recipients of a message that are meant and not on their way just now; how many. Bounced ones are failed and
  // reported by who takes them. The entry gets a line for each of them.
  kv::Ticket<std::size_t> act(UniqueId id, Filter const& filter, Action const& action, journal::Entry entry);

  std::vector<Alarm> alarms() const { return alarms_.current(now()); }
  // What is held in memory, all together: streams, recipients on their way, their messages.
  std::size_t held() const;

 private:
  friend class Job::Lease;
  enum class Looked { and_found, in_vain, to_the_end };
  struct Takers {
    std::size_t count = 0;    // that have some of its recipients, or are just taking some
    bool overlapped = false;  // there were two at once
  };
  struct Change {
    std::vector<std::string> erase{};
    std::vector<std::pair<std::string, std::string>> put{};
    std::size_t gone = 0;
    Seconds due = Schedule::kNever;  // the earliest of those that go on waiting
  };

  Seconds now() const;
  Seconds look_at_clock();
  bool is_due(Seconds due, Seconds time) const;
  Seconds turn_of(Seconds due) const;
  void wake(Stream const& stream, Seconds due);
  void wake(Stream const& stream, Seconds due, Seconds row_due);
  void tell() const;
  bool may_look_further(Seconds time) const;
  Result<Looked> look_further();
  void remove_message(UniqueId id, kv::BodyRef const& body);

  Result<std::optional<Job>> take_from(Stream const& stream);
  Result<std::optional<Job>> job_of(Stream const& stream);
  Result<std::vector<DueKey>> lease(Stream const& stream);
  void begin_looking(Stream const& stream, kv::Range& range);
  void end_looking(Stream const& stream, std::optional<DueKey> const& next, Seconds time);
  void give_back(Stream const& stream, std::vector<DueKey> const& keys);
  void join_message(UniqueId id);
  bool leave_message(UniqueId id);
  Result<Job> load(Stream const& stream, std::vector<DueKey> const& keys);
  void forget_stale(Stream const& stream, std::vector<DueKey> const& stale);
  void put_back(Job::Lease const& lease);

  Change change_of(Job const& job, std::vector<smtp::Outcome> const& outcomes);
  static void add_fates(journal::Entry& entry, Job const& job, std::vector<smtp::Outcome> const& outcomes);
  void finished(Job const& job, std::size_t gone, Seconds due, Schedule::Went went);

  Result<std::vector<Job::One>> recipients_of(UniqueId id) const;
  Result<Listed> listed(UniqueId id, MessageRow message) const;
  Result<Listed> take_for_change(UniqueId id, Filter const& filter, Verb verb);
  static void change_one(kv::Changes& changes, Listed const& listed, Job::One const& one, Action const& action,
                         Seconds time);
  void finish_change(Listed const& listed, Action const& action);

  Services services_;
  Options const options_;
  std::shared_ptr<std::function<void()> const> on_due_;
  mutable std::mutex mutex_;
  Schedule schedule_;
  Seconds newest_ = 0;  // that the clock has said
  // Where to look for a stream's due rows: what stood before has gone or is taken. RocksDB keeps rows that are gone in
  // its way for a while, and would step over all of them each time.
  struct Start {
    std::string from;
    Seconds woken = Schedule::kNever;  // during lease(): rows from there on may be new
  };
  std::map<Stream, Start> starts_;
  std::map<UniqueId, Takers> messages_;                 // some of whose recipients are taken
  std::set<std::pair<UniqueId, std::uint32_t>> taken_;  // recipients
  std::string beyond_from_;  // where the walk over the streams goes on; empty: none is under way
  Seconds walked_ = 0;       // when its last slice was
  bool found_ = true;        // and whether it was of use
  Alarms alarms_;
  std::string sweep_from_;  // upkeep's thread only
};

// Whose recipients are whose: see Job.
class Job::Lease {
 public:
  Lease(Outgoing& queue, UniqueId id, Stream stream, std::vector<std::uint32_t> numbers, Seconds due)
      : queue_(queue), id_(id), stream_(std::move(stream)), numbers_(std::move(numbers)), due_(due) {}
  ~Lease();
  Lease(Lease const&) = delete;

  Stream const& stream() const { return stream_; }
  void over() { over_ = true; }  // they are settled
  // They are due again as they were when the job goes, and the stream is paused until then.
  void pause_until(Seconds time) { paused_until_ = time; }

 private:
  friend class Outgoing;

  Outgoing& queue_;
  UniqueId id_;
  Stream stream_;
  std::vector<std::uint32_t> numbers_;
  Seconds due_;  // the earliest of its rows
  std::optional<Seconds> paused_until_{};
  bool over_ = false;
};

}  // namespace yubin::queue
