// How the primaries of secondary MX are asked who has a mailbox there: each by few connections at a time, so that names
// that somebody tries here are no flood there.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "base/clock.h"
#include "deliver/route_check.h"

namespace yubin::server {

// Any thread.
class ProbeTurns {
 public:
  using Done = std::move_only_function<void(deliver::RouteReport)>;
  using Probe = std::function<void(deliver::RouteQuestion, Done)>;
  static constexpr std::size_t kAtOnce = 4;           // for one domain
  static constexpr std::size_t kMostWaiting = 40;     // for one domain: a client waits for five minutes at most
  static constexpr std::size_t kMostUnsaid = 10'000;  // addresses that are remembered
  static constexpr std::chrono::seconds kUnsaidFor{60};

  // `clock` outlives this, and this what `probe` has begun.
  ProbeTurns(Probe probe, Clock const& clock) : probe_(std::move(probe)), clock_(clock) {}
  ProbeTurns(ProbeTurns const&) = delete;

  // Asks in its turn. An answer is for all who wait for the same address, and a primary that cannot be asked an answer
  // for all who wait for the domain. Where too many wait the answer is at once that nothing can be said now. An address
  // of which the primary does not want to say anything now gets the same answer for a minute. The question has a `to`;
  // `done` is called once, on any thread, perhaps at once.
  void ask(deliver::RouteQuestion question, Done done);

 private:
  struct Waiting {
    deliver::RouteQuestion question;
    Done done;
  };
  struct Domain {
    std::set<std::string> asking{};  // addresses; each once
    std::deque<Waiting> waiting{};
  };
  struct Unsaid {
    SteadyTime until;
    deliver::RouteReport report;
  };

  void begin(deliver::RouteQuestion question, Done done);
  void ended(mime::Address const& address, Done done, deliver::RouteReport report);
  void remember(mime::Address const& address, deliver::RouteReport const& report);

  Probe const probe_;
  Clock const& clock_;
  std::mutex mutex_;
  std::map<std::string, Domain> domains_;  // of which somebody asks just now
  std::map<std::string, Unsaid> unsaid_;   // by address
};

}  // namespace yubin::server
