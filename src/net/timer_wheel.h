// Deadlines of many connections: setting one is a few pointers, however many there are. Coarse on purpose.
//
// Not thread-safe: each loop has its own wheel.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>

#include "base/clock.h"

namespace yubin::net {

// One deadline, owned by whom it concerns; no memory is taken when it is set. Disarmed when it is destroyed.
class Timer {
 public:
  // `on_expiry` may set, disarm and destroy timers, but not its own, and must not throw.
  explicit Timer(std::move_only_function<void()> on_expiry) : on_expiry_(std::move(on_expiry)) {}
  ~Timer() { disarm(); }
  Timer(Timer const&) = delete;
  Timer& operator=(Timer const&) = delete;

  bool armed() const { return link_.next != nullptr; }
  void disarm();

 private:
  friend class TimerWheel;
  struct Link {  // of a circular list; a slot's head has no timer
    Link* previous = nullptr;
    Link* next = nullptr;
    Timer* timer = nullptr;
  };

  Link link_;
  std::uint64_t due_ = 0;  // in slots since the wheel's start
  std::size_t* armed_count_ = nullptr;
  std::move_only_function<void()> on_expiry_;
};

class TimerWheel {
 public:
  static constexpr std::chrono::milliseconds kSlot{250};

  explicit TimerWheel(SteadyTime now);
  ~TimerWheel();
  TimerWheel(TimerWheel const&) = delete;
  TimerWheel& operator=(TimerWheel const&) = delete;

  // Sets or moves a timer. It fires once, never before `due`, and within the advance() that comes a slot after `due`.
  void arm(Timer& timer, SteadyTime due);
  // Fires what is due. Time that goes back changes nothing.
  void advance(SteadyTime now);
  bool empty() const { return armed_ == 0; }

 private:
  static constexpr std::size_t kSlots = 512;  // one turn is about two minutes; later deadlines wait for theirs

  void collect_due(Timer::Link& slot, Timer::Link& due) const;

  SteadyTime const start_;
  std::uint64_t now_ = 0;  // the last slot that was looked at
  std::size_t armed_ = 0;
  std::array<Timer::Link, kSlots> slots_;
};

}  // namespace yubin::net
