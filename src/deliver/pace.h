// How fast mail goes to a group of hosts: so many connections at a time, so many messages over each, and so far apart.
// Learned from how the group takes it: it begins carefully, grows while mail is taken, and halves when the other side
// says that it is too much. State and arithmetic; no clock, no wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"

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
  // A connection to the group, for mail to this destination, may begin now, and counts until end(). Otherwise when to
  // ask again; where only a connection is missing, next_waiting() names the destination when it is its turn.
  std::optional<SteadyTime> begin(std::string const& group, std::string const& destination, PaceLimits const& limits,
                                  SteadyTime now);
  // Another message may go over a connection that has had `sent`; false: it should be closed.
  bool may_go_on(std::string const& group, PaceLimits const& limits, std::size_t sent, SteadyTime now);
  void note(std::string const& group, PaceSign sign, SteadyTime now);
  // How many connections are free now.
  std::size_t end(std::string const& group, PaceLimits const& limits, SteadyTime now);
  // The destination that has waited longest for a connection to the group.
  std::optional<std::string> next_waiting(std::string const& group);

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
    std::deque<std::string> waiting{};  // destinations, for a connection
    std::set<std::string> named{};      // the same
  };
  Group& group_of(std::string const& name, SteadyTime now);

  mutable std::mutex mutex_;
  std::map<std::string, Group> groups_;
};

}  // namespace yubin::deliver
