// Upkeep: the one background thread on which the server looks after itself: what is done now and then, and may read the
// disk. No cron, no thread per job.
//
//   upkeep.add("journal.retention", std::chrono::hours(1), [this] { return journal->forget_old(); });
//
// Jobs take turns: of those that are due, the one that has waited longest runs next. A job with much to do gives its
// work in slices (add_in_turns), so that others get their turn between two of them and stopping is prompt. A job that
// fails is logged with its reason and tried again soon, ever more seldom up to its interval.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace yubin {

enum class Turn {
  done,  // until the next time
  more,  // go on as soon as the others that are due have had their turn
};

class Upkeep {
 public:
  using Job = std::move_only_function<Result<>()>;
  using Slice = std::move_only_function<Result<Turn>()>;  // a few milliseconds of work, or one piece of reading

  explicit Upkeep(Clock const& clock) : clock_(clock) {}  // outlives this
  ~Upkeep();                                              // waits for the slice that runs; stop() first if that matters
  Upkeep(Upkeep const&) = delete;
  Upkeep& operator=(Upkeep const&) = delete;

  // A job that runs every `interval`; for the first time after it, or after a minute if it is longer. What the job uses
  // outlives this. Before start() only.
  void add(std::string name, std::chrono::milliseconds interval, Job job);
  void add_in_turns(std::string name, std::chrono::milliseconds interval, Slice slice);

  // Starts the thread. Once.
  void start();
  // No job runs any more when this returns. Any thread but the jobs' own.
  void stop();
  // What became of each job, for status pages. Any thread.
  struct Report {
    std::string name;
    std::chrono::milliseconds interval;
    std::optional<WallTime> ended;  // the last time that it ran to its end or failed
    std::string failure;            // why it failed then; empty: it did not
  };
  std::vector<Report> reports() const;

  // Makes a job due now. False: there is none of this name. Any thread.
  bool run_soon(std::string_view name);

  // One slice of the job that is due and has waited longest, on this thread; false: none is due. What the thread does,
  // for tests that have not started it.
  bool run_one();

 private:
  struct Entry {
    std::string name;
    std::chrono::milliseconds interval;
    Slice slice;
    SteadyTime due;
    unsigned failures = 0;  // in a row
    std::optional<WallTime> ended{};
    std::string failure{};
  };
  Entry* next_due();
  void run(Entry& entry);
  void settle(Entry& entry, Result<Turn> const& result);
  void work();

  Clock const& clock_;
  mutable std::mutex mutex_;  // of the times, what became of jobs, and stopping_; not held while a job runs
  std::condition_variable changed_;
  std::vector<Entry> entries_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace yubin
