// How fast mail goes to a group of hosts: so many connections at a time, so many messages over each, and so far apart.
// Learned from how the group takes it: it begins carefully, grows while mail is taken, and halves when the other side
// says that it is too much. Who comes when all of it is taken stands in line, where senders have turns, so that a
// newsletter to thousands of destinations of a group does not stand before everybody else's mail to it. State and
// arithmetic; no clock, no wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <expected>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "queue/message_row.h"

namespace yubin::deliver {

// What is never exceeded, however well it goes.
struct PaceLimits {
  std::size_t connections = 20;        // at a time
  std::size_t messages = 100;          // over one connection
  std::chrono::milliseconds apart{0};  // between the beginnings of two messages, over all connections
};

// What a group of hosts said to one message, or to a connection.
enum class PaceSign {
  taken,
  slow_down,  // 421 and the like: too much, or not now
  other,      // says nothing about our pace
};

// Any thread.
class Pace {
 public:
  // A connection to the group counts until end() and may begin then: now or within a second. Otherwise when to ask
  // again, if it is not called before; who does so has to join().
  std::expected<SteadyTime, SteadyTime> begin(std::string const& group, queue::Stream const& who,
                                              PaceLimits const& limits, SteadyTime now);
  // Stands in line.
  void join(std::string const& group, queue::Stream const& who);
  // Whose turn it is. Its place is kept for some seconds, until begin() or left(). None: nobody waits, or no connection
  // may begin within a second. To be asked after each join() and end().
  std::optional<queue::Stream> call_next(std::string const& group, PaceLimits const& limits, SteadyTime now);
  // Who was called does not come.
  void left(std::string const& group, queue::Stream const& who);
  // Another message may go over a connection that has had `sent`; false: it should be closed.
  bool may_go_on(std::string const& group, PaceLimits const& limits, std::size_t sent, SteadyTime now);
  void note(std::string const& group, PaceSign sign, SteadyTime now);
  void end(std::string const& group, SteadyTime now);

  struct State {
    double allowed = 0;  // connections
    std::size_t active = 0;
    std::chrono::milliseconds apart{0};
    SteadyTime not_before{};
  };
  std::optional<State> find(std::string const& group) const;  // for status and tests

 private:
  struct Group {
    State state{};
    unsigned refusals = 0;  // in a row
    SteadyTime paused_until{};
    SteadyTime touched{};
    std::map<std::string, std::deque<queue::Stream>> line{};  // by sender
    std::deque<std::string> turns{};                          // the senders in line, the next one first
    std::set<queue::Stream> waiting{};                        // all in line
    std::map<queue::Stream, SteadyTime> called{};             // and until when their place is kept
  };
  static bool has_room(Group& group, PaceLimits const& limits, SteadyTime now);
  Group& group_of(std::string const& name, SteadyTime now);

  mutable std::mutex mutex_;
  std::map<std::string, Group> groups_;
};

}  // namespace yubin::deliver
