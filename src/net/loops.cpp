#include "net/loops.h"

#include <fmt/format.h>
#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>

#include "base/assert.h"
#include "net/events.h"

namespace yubin::net {
namespace {

// As much as a session is given at once; a poll() answers for 64 KiB (base/session.h).
constexpr std::size_t kReadBuffer = 64 * 1024;

using Tick =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>;

}  // namespace

struct Loop::Asio {
  boost::asio::io_context io{1};  // one thread runs it
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  Tick tick{io.get_executor()};
};

Loop::Loop(Clock const& clock)
    : clock_(clock),
      asio_(std::make_unique<Asio>()),
      timers_(clock.steady()),
      read_buffer_(kReadBuffer),
      grace_([this] { abort_guests(); }) {}

Loop::~Loop() {
  asio_.reset();  // handlers that never ran may own descriptors and timers
  YUBIN_ASSERT(guests_.empty());
}

void Loop::post(std::move_only_function<void()> task) {
  boost::asio::post(asio_->io.get_executor(), std::move(task));
}

bool Loop::on_this_thread() const {
  return asio_->io.get_executor().running_in_this_thread();
}

boost::asio::io_context& Loop::io() {
  return asio_->io;
}

void Loop::set_deadline(Timer& timer, SteadyTime due) {
  timers_.arm(timer, due);
  tick_later();
}

void Loop::check_timers() {
  timers_.advance(clock_.steady());
}

// The wheel turns only while somebody waits: an idle server sleeps.
void Loop::tick_later() {
  if (ticking_ || timers_.empty()) return;
  ticking_ = true;
  asio_->tick.expires_after(TimerWheel::kSlot);
  asio_->tick.async_wait([this](boost::system::error_code) {
    ticking_ = false;
    check_timers();
    tick_later();
  });
}

void Loop::join(Guest& guest) {
  guest.place_ = guests_.size();
  guests_.push_back(&guest);
  if (stopping_) guest.shutting_down();
  if (aborting_) guest.abort();
}

void Loop::leave(Guest& guest) {
  YUBIN_ASSERT(guests_.at(guest.place_) == &guest);
  guests_.back()->place_ = guest.place_;
  guests_[guest.place_] = guests_.back();
  guests_.pop_back();
  stop_if_empty();
}

void Loop::task_ended() {
  --tasks_;
  stop_if_empty();
}

void Loop::begin_shut_down(std::chrono::milliseconds grace) {
  stopping_ = true;
  for (Guest* guest : guests_) guest->shutting_down();
  if (grace <= std::chrono::milliseconds::zero())
    abort_guests();
  else
    set_deadline(grace_, clock_.steady() + grace);
  stop_if_empty();
}

void Loop::abort_guests() {
  aborting_ = true;
  for (Guest* guest : guests_) guest->abort();
}

void Loop::stop_if_empty() {
  if (asio_ && stopping_ && guests_.empty() && tasks_ == 0) asio_->io.stop();
}

void Loop::run() {
  for (;;) {
    try {
      asio_->io.run();
      return;
    } catch (std::exception const& e) {  // out of memory, most likely: the other connections go on
      log(kTaskFailed, {{"what", e.what()}});
    }
  }
}

Loops::Loops(std::size_t count, Clock const& clock) {
  YUBIN_ASSERT(count > 0);
  std::signal(SIGPIPE, SIG_IGN);
  for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>(clock));
  for (std::size_t i = 0; i < count; ++i) {
    threads_.emplace_back([loop = loops_[i].get()] { loop->run(); });
    pthread_setname_np(threads_.back().native_handle(), fmt::format("loop-{}", i).c_str());
  }
}

Loops::~Loops() {
  if (joined_) return;
  begin_shut_down(std::chrono::milliseconds::zero());
  join();
}

Loop& Loops::next() {
  return *loops_[next_++ % loops_.size()];
}

void Loops::begin_shut_down(std::chrono::milliseconds grace) {
  for (auto& loop : loops_) loop->post([&loop = *loop, grace] { loop.begin_shut_down(grace); });
}

void Loops::join() {
  for (std::thread& thread : threads_) thread.join();
  joined_ = true;
}

}  // namespace yubin::net
