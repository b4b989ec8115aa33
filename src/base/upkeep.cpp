#include "base/upkeep.h"

#include <algorithm>
#include <new>

#include "base/assert.h"
#include "base/log.h"

namespace yubin {

namespace {

using std::chrono::milliseconds;

constexpr LogEvent kJobFailed{"upkeep.job_failed", LogLevel::warning,
                              "a regular job of the server failed; it is tried again after the time said"};
constexpr LogEvent kJobAgain{"upkeep.job_works_again", LogLevel::info, "a regular job that had failed succeeded"};
constexpr milliseconds kFirstAfter = std::chrono::minutes(1);
constexpr milliseconds kRetryAfter = std::chrono::seconds(10);
constexpr milliseconds kRetryAtLeastEvery = std::chrono::minutes(5);
constexpr unsigned kMaxDoublings = 16;

Result<Turn> run_slice(Upkeep::Slice& slice) {
  try {
    return slice();
  } catch (std::bad_alloc const&) {
    return fail(Errc::temporary, "out of memory");
  }
}

// Ever longer, up to the interval; for a job that runs very often up to some minutes, so that it does not fill the log.
milliseconds retry_after(unsigned failures, milliseconds interval) {
  return std::min(std::max(interval, kRetryAtLeastEvery), kRetryAfter * (1 << std::min(failures - 1, kMaxDoublings)));
}

}  // namespace

Upkeep::~Upkeep() {
  stop();
}

void Upkeep::add(std::string name, milliseconds interval, Job job) {
  add_in_turns(std::move(name), interval, [job = std::move(job)] mutable -> Result<Turn> {
    TRY_VOID(job());
    return Turn::done;
  });
}

void Upkeep::add_in_turns(std::string name, milliseconds interval, Slice slice) {
  YUBIN_ASSERT(!thread_.joinable() && interval > milliseconds(0));
  SteadyTime const first = clock_.steady() + std::min(interval, kFirstAfter);
  entries_.push_back({std::move(name), interval, std::move(slice), first});
}

void Upkeep::start() {
  YUBIN_ASSERT(!thread_.joinable());
  thread_ = std::thread([this] { work(); });
}

void Upkeep::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool Upkeep::run_soon(std::string_view name) {
  {
    std::lock_guard lock(mutex_);
    auto const entry = std::ranges::find(entries_, name, &Entry::name);
    if (entry == entries_.end()) return false;
    entry->due = std::min(entry->due, clock_.steady());
  }
  changed_.notify_one();
  return true;
}

// Null: none is due. With the mutex held.
Upkeep::Entry* Upkeep::next_due() {
  auto const entry = std::ranges::min_element(entries_, {}, &Entry::due);
  return entry != entries_.end() && entry->due <= clock_.steady() ? &*entry : nullptr;
}

bool Upkeep::run_one() {
  Entry* entry = nullptr;
  {
    std::lock_guard lock(mutex_);
    entry = next_due();
  }
  if (entry != nullptr) run(*entry);
  return entry != nullptr;
}

void Upkeep::run(Entry& entry) {
  {
    // Due again as far as anybody knows: run_soon() during the job must not be lost.
    std::lock_guard lock(mutex_);
    entry.due = SteadyTime::max();
  }
  Result<Turn> const result = run_slice(entry.slice);
  settle(entry, result);
}

void Upkeep::settle(Entry& entry, Result<Turn> const& result) {
  bool const works_again = result && entry.failures > 0;
  entry.failures = result ? 0 : entry.failures + 1;
  milliseconds wait = entry.interval;
  if (!result) wait = retry_after(entry.failures, entry.interval);
  if (result && *result == Turn::more) wait = milliseconds(0);
  if (works_again) log(kJobAgain, {{"job", entry.name}});
  if (!result) {
    log(kJobFailed, {{"job", entry.name}, {"error", result.error().detail}, {"again_after_ms", wait.count()}});
  }
  std::lock_guard lock(mutex_);
  entry.due = std::min(entry.due, clock_.steady() + wait);
  if (result && *result == Turn::more) return;
  entry.ended = clock_.now();
  entry.failure = result ? "" : result.error().detail;
}

std::vector<Upkeep::Report> Upkeep::reports() const {
  std::lock_guard lock(mutex_);
  std::vector<Report> all;
  for (Entry const& entry : entries_) all.push_back({entry.name, entry.interval, entry.ended, entry.failure});
  return all;
}

void Upkeep::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (Entry* const entry = next_due()) {
      lock.unlock();
      run(*entry);
      lock.lock();
      continue;
    }
    auto const first = std::ranges::min_element(entries_, {}, &Entry::due);
    if (first == entries_.end()) {
      changed_.wait(lock);
    } else {
      changed_.wait_for(lock, first->due - clock_.steady());
    }
  }
}

}  // namespace yubin
