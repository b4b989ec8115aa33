// Faults: says which call of an engine fails, and how. Shared by the faulty engines of this folder, so that one counter
// goes through all of them: a test runs an operation failing at call 0, 1, 2 … until it succeeds.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "base/result.h"

namespace yubin::kv {

enum class FaultMode {
  nothing_done,     // the call fails and changes nothing
  done_but_failed,  // the call does its work and answers with an error all the same
  half_done,        // a write of bytes does half of its work, then fails; of all other calls: nothing_done
};

class Faults {
 public:
  static constexpr std::uint64_t kForever = ~std::uint64_t{0};

  // From now on, call number `nth` (the next is 0) and `count` - 1 calls after it fail. Any thread.
  void arm(std::uint64_t nth, FaultMode mode, std::uint64_t count = 1);
  void disarm();
  // The error that failing calls answer with; `temporary` unless set. Any thread.
  void set_error(Error error);

  std::uint64_t failed() const;  // calls that failed since arm()

  // For the engines: what happens to this call; none: it goes through.
  std::optional<FaultMode> next_call();
  Error error() const;

 private:
  mutable std::mutex mutex_;
  bool armed_ = false;
  std::uint64_t skip_ = 0;   // calls that still go through
  std::uint64_t count_ = 0;  // calls that then still fail
  std::uint64_t failed_ = 0;
  FaultMode mode_ = FaultMode::nothing_done;
  Error error_{Errc::temporary, "a fault set by a test"};
};

// Does what `work` does, or fails as the faults say. Result: a std::expected with our Error.
template <class Work>
auto with_faults(Faults& faults, Work&& work) -> decltype(work()) {
  auto const fault = faults.next_call();
  if (!fault) return work();
  if (*fault == FaultMode::done_but_failed)
    (void)work();  // its result is hidden from the caller, as after a lost answer
  return std::unexpected(faults.error());
}

}  // namespace yubin::kv
