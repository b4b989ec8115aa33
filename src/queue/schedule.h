// Whose turn it is in the outgoing queue: what is held in memory of it. Knows times and names, no rows.
//
// A stream is what waits for one destination, of one priority, from one sender. Turns go round the senders, and for
// each sender round its streams, so what somebody else has queued, however much, costs one turn. Nobody may have all of
// anything either: of the transactions at a time (in all, and at one destination) a sender gets at most twice as many
// as are left free, one of low priority at most as many; so one alone gets two thirds, and who comes next finds a
// place.
//
// Memory: at most `streams` of them, with the same rule for each sender's part. Those beyond are only in the store; who
// owns this offers them again when wants_more() says that there is room.
//
// Not thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "queue/message_row.h"

namespace yubin::queue {

struct ScheduleOptions {
  std::size_t transactions = 100;        // at a time, in all
  std::size_t per_destination = 5;       // at a time
  std::chrono::seconds pause_first{60};  // for a destination that cannot be reached; twice as long each time
  std::chrono::seconds pause_longest{1800};
  std::size_t streams = 20'000;  // in memory: about 400 bytes each
};

class Schedule {
 public:
  static constexpr Seconds kNever = std::numeric_limits<Seconds>::max();

  explicit Schedule(ScheduleOptions const& options) : options_(options) {}

  // Somebody in this stream is due then, or was. True: the stream is new in memory.
  bool wake(Stream const& stream, Seconds due);
  // The stream whose turn it is, of all, or of one destination for who has a connection to it, so also while it is
  // paused. It counts as one transaction until end(), and nobody else gets it until filled().
  std::optional<Stream> next(Seconds now);
  std::optional<Stream> next(std::string const& destination, Seconds now);
  // After next(): when somebody else in the stream is due; kNever: nobody is left.
  void filled(Stream const& stream, Seconds due);
  // How a transaction went, for the destination.
  enum class Went { nowhere, well, unreachable };
  void end(Stream const& stream, Went went, Seconds now);
  // Nothing of this stream until then.
  void pause(Stream const& stream, Seconds until);
  // Its next turn comes whatever it or its destination is paused for. False: nothing of it is due.
  bool resume(Stream const& stream, Seconds now);
  Seconds paused_until(Stream const& stream) const;  // it or its destination; in the past: it is not

  // When next() may have something at the earliest; kNever: nothing waits.
  Seconds earliest() const;

  // Streams that are in the store only: the earliest of their times, and whether it is worth looking for them.
  bool wants_more(Seconds now) const { return beyond_ <= now; }
  // All of them are going to be offered by wake(), again.
  void forget_beyond() { beyond_ = kNever; }

  // The clock was put back by so much: nobody waits longer for that.
  void put_back(Seconds by);

  bool is_full() const { return active_ >= options_.transactions; }
  std::size_t held() const { return streams_.size(); }

 private:
  static constexpr std::size_t kPriorities = 3;
  enum class Place {
    waiting,  // in waiting_, until `when`
    ready,    // in its sender's list
    parked,   // in its destination's list, which has no place for it
    taken,    // between next() and filled()
  };
  struct State {
    Place place = Place::taken;
    Seconds when = kNever;  // in waiting_
    Seconds paused_until = 0;
    bool resumed = false;          // until it is taken
    Seconds due = kNever;          // of those that are not taken
    std::uint64_t generation = 0;  // entries of lists with another one mean nothing any more
  };
  using Streams = std::map<Stream, State>;
  struct Entry {
    Stream stream;
    std::uint64_t generation;
  };
  struct Sender {
    std::size_t active = 0;
    std::size_t streams = 0;
    std::array<std::deque<Entry>, kPriorities> ready{};
    std::array<bool, kPriorities> in_turn{};
  };
  struct Destination {
    std::size_t active = 0;
    std::size_t streams = 0;
    Seconds paused_until = 0;
    unsigned failures = 0;                         // in a row
    std::map<std::string, std::size_t> senders{};  // that have some of the active ones
    std::deque<Entry> parked{};
    std::optional<Stream> last{};  // that next(destination) gave
  };

  static std::size_t share_of(Stream const& stream, std::size_t free);
  bool make_room(Stream const& stream, Seconds due);
  void put_waiting(Streams::iterator at, Seconds when);
  Seconds pause_of(Streams::const_iterator at) const;
  void put_ready(Streams::iterator at);
  void park(Streams::iterator at);
  void unpark(Destination& destination);
  void erase(Streams::iterator at);
  void promote(Seconds now);
  std::optional<Stream> next_of(std::size_t priority, Seconds now);
  std::optional<Stream> next_of(std::string const& sender, std::size_t priority, Seconds now);
  bool sender_may(Stream const& stream) const;
  bool destination_may(Stream const& stream) const;
  Stream take(Streams::iterator at);
  void drop_if_idle(Stream const& stream);

  ScheduleOptions const options_;
  Streams streams_;
  std::set<std::pair<Seconds, Stream>> waiting_;
  std::map<std::string, Destination> destinations_;
  std::map<std::string, Sender> senders_;
  std::array<std::deque<std::string>, kPriorities> turns_;  // senders with something ready
  std::size_t active_ = 0;
  std::uint64_t generation_ = 0;
  std::uint64_t turn_ = 0;
  Seconds beyond_ = kNever;
};

}  // namespace yubin::queue
