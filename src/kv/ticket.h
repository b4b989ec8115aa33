// Ticket<T>: the result of a change, delivered after the change is durable.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/completion.h"
#include "base/result.h"

namespace yubin::kv {

// Copies share one state. An IMAP session hands completion() to its driver as AwaitCommit, and takes the result after.
template <class T>
class Ticket {
 public:
  // A ticket and the function that completes it; the function is called once, on any thread.
  static Ticket make() { return Ticket(std::make_shared<State>()); }
  static Ticket failed(Error error) {
    Ticket ticket = make();
    ticket.finish(std::unexpected(std::move(error)));
    return ticket;
  }
  static Ticket done_with(Result<T> result) {
    Ticket ticket = make();
    ticket.finish(std::move(result));
    return ticket;
  }

  void finish(Result<T> result) const {
    state_->result.emplace(std::move(result));
    state_->completer.finish();
  }

  bool done() const { return state_->completer.done(); }
  Completion completion() const { return state_->completer; }
  // The result; once, after done.
  Result<T> take() const {
    YUBIN_ASSERT(done() && state_->result.has_value());
    Result<T> result = std::move(*state_->result);
    state_->result.reset();
    return result;
  }
  // Blocks. For tests and command-line tools only.
  Result<T> wait() const {
    state_->completer.wait();
    return take();
  }

 private:
  struct State {
    Completer completer;
    std::optional<Result<T>> result;
  };
  explicit Ticket(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace yubin::kv
