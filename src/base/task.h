// Task<T>: a session's command that runs in pieces. A handler is a coroutine that reads from top to bottom; where it
// must wait (for a commit, for input, for the client to read) it co_awaits one of its session's waits, the session's
// poll() returns an event, and a later poll() goes on. No thread is involved and nothing runs by itself.
//
// A task starts when it is first resumed or awaited. Destroying it destroys what it has begun, at any point of waiting.
// What it throws comes out where its value is taken. That is exhausted memory only; the session is destroyed then.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace yubin {

template <class T>
class [[nodiscard]] Task {
 public:
  struct promise_type;
  using Handle = std::coroutine_handle<promise_type>;

  struct promise_type {
    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct GoOnWithParent {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(Handle self) noexcept { return self.promise().parent; }
        void await_resume() noexcept {}
      };
      return GoOnWithParent{};
    }
    void return_value(T result) { value.emplace(std::move(result)); }
    // It must not throw: Clang 19 then destroys what it never stored in the frame.
    void unhandled_exception() noexcept { thrown = std::current_exception(); }

    std::optional<T> value;
    std::exception_ptr thrown;
    std::coroutine_handle<> parent = std::noop_coroutine();
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  Task(Task const&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  // For the outermost task: where to begin, whether it is done, and its value (once).
  std::coroutine_handle<> start() const { return handle_; }
  bool done() const { return handle_.done(); }
  T take() {
    if (handle_.promise().thrown) std::rethrow_exception(handle_.promise().thrown);
    YUBIN_ASSERT(handle_.promise().value.has_value());
    return std::move(*handle_.promise().value);
  }

  // For a task inside a task: runs it, and goes on with its value.
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
    handle_.promise().parent = parent;
    return handle_;
  }
  T await_resume() { return take(); }

 private:
  explicit Task(Handle handle) : handle_(handle) {}
  Handle handle_;
};

}  // namespace yubin
