// Completion: a handle to something that is finished once, on another thread, and that others wait for by a callback.
// Nobody blocks a thread on it, except tests and command-line tools.
#pragma once

#include <functional>
#include <memory>

namespace yubin {

class Completion {
 public:
  Completion() = default;  // empty: neither done nor ever to be done

  // True once finish() was called. Any thread.
  bool done() const;
  // `callback` runs once: on the finishing thread, or at once on this one if it is done already. It must return
  // quickly and must not throw; post to a loop if there is more to do. Any thread, any number of callbacks.
  void on_done(std::move_only_function<void()> callback) const;
  // Blocks until done. For tests and command-line tools only.
  void wait() const;

  explicit operator bool() const { return state_ != nullptr; }

 protected:
  struct State;
  explicit Completion(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

// The side that finishes it. Copies share one state.
class Completer : public Completion {
 public:
  Completer();
  // Once only. What was written before is seen by whoever sees done(). Any thread.
  void finish() const;
};

}  // namespace yubin
