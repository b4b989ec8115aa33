// Time, given in: code takes a Clock&, so that tests move it by hand and none sleeps.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace yubin {

// The time of day in UTC, in microseconds since 1970. It may jump; never measure a duration with it.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
// A time that never goes back; only differences mean something.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;       // any thread
  virtual SteadyTime steady() const = 0;  // any thread
};

class SystemClock final : public Clock {
 public:
  WallTime now() const override;
  SteadyTime steady() const override;
};

// Stands still until it is told to go on.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start) : wall_(start.time_since_epoch().count()) {}
  WallTime now() const override { return WallTime(std::chrono::microseconds(wall_.load())); }
  SteadyTime steady() const override { return SteadyTime(std::chrono::nanoseconds(steady_.load())); }

  void advance(std::chrono::microseconds by) {
    wall_ += by.count();
    steady_ += std::chrono::nanoseconds(by).count();
  }
  // The time of day jumps, as when an administrator sets it; steady time does not notice.
  void jump(std::chrono::microseconds by) { wall_ += by.count(); }

 private:
  std::atomic<std::int64_t> wall_;
  std::atomic<std::int64_t> steady_{0};
};

}  // namespace yubin
