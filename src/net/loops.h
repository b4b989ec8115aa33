// The event loops: one thread each, and each connection stays with one of them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "net/timer_wheel.h"

namespace boost::asio {
class io_context;
}

namespace yubin::net {

// What a loop ends when the server stops. Both functions run on the loop's thread and return at once.
class Guest {
 public:
  virtual ~Guest() = default;
  virtual void shutting_down() = 0;  // say good-bye
  virtual void abort() = 0;          // the grace is over

 private:
  friend class Loop;
  std::size_t place_ = 0;  // among the loop's guests
};

class Loop {
 public:
  explicit Loop(Clock const& clock);
  ~Loop();
  Loop(Loop const&) = delete;
  Loop& operator=(Loop const&) = delete;

  // Runs `task` on the loop's thread, later. Any thread, until Loops is gone. When the loops stop, tasks may be
  // dropped unrun.
  void post(std::move_only_function<void()> task);
  bool on_this_thread() const;
  Clock const& clock() const { return clock_; }

  // The rest is for the loop's own thread.
  boost::asio::io_context& io();
  // One for all connections of the thread: what was read is good until the thread reads again.
  std::span<char> read_buffer() { return read_buffer_; }
  void set_deadline(Timer& timer, SteadyTime due);
  // Fires what is due now. The loop does it by itself once in a TimerWheel::kSlot; who moves the clock by hand calls
  // it.
  void check_timers();

  // A guest and a running task each keep the loop from ending.
  void join(Guest& guest);
  void leave(Guest& guest);
  void task_began() { ++tasks_; }
  void task_ended();

 private:
  friend class Loops;
  struct Asio;

  void run();
  void begin_shut_down(std::chrono::milliseconds grace);
  void tick_later();
  void abort_guests();
  void stop_if_empty();

  Clock const& clock_;
  std::unique_ptr<Asio> asio_;
  TimerWheel timers_;
  bool ticking_ = false;
  std::vector<char> read_buffer_;
  std::vector<Guest*> guests_;
  std::size_t tasks_ = 0;
  bool stopping_ = false;
  bool aborting_ = false;
  Timer grace_;
};

class Loops {
 public:
  // Starts `count` threads. SIGPIPE is ignored from here on, in the whole process: a peer that is gone is an error of
  // the write. The clock outlives this object.
  Loops(std::size_t count, Clock const& clock);
  // Ends all connections without grace if that has not happened. Listeners must be gone before.
  ~Loops();

  std::size_t size() const { return loops_.size(); }
  Loop& at(std::size_t i) { return *loops_.at(i); }
  Loop& next();  // in turn; any thread

  // All sessions are woken with WakeReason::shutdown; connections that are left when the grace is over are cut. May be
  // called again with another grace. Any thread.
  void begin_shut_down(std::chrono::milliseconds grace);
  // Waits until all connections and spawned tasks have ended, then ends the threads. A task that waits for something
  // else than a connection (a look-up, a commit) must end by itself.
  void join();
  bool joined() const { return joined_; }

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> joined_{false};
};

}  // namespace yubin::net
