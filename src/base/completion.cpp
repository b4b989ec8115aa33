#include "base/completion.h"

#include <condition_variable>
#include <mutex>
#include <vector>

#include "base/assert.h"

namespace yubin {

struct Completion::State {
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;
  std::vector<std::move_only_function<void()>> callbacks;
};

bool Completion::done() const {
  YUBIN_ASSERT(state_ != nullptr);
  std::lock_guard lock(state_->mutex);
  return state_->done;
}

void Completion::on_done(std::move_only_function<void()> callback) const {
  YUBIN_ASSERT(state_ != nullptr);
  {
    std::lock_guard lock(state_->mutex);
    if (!state_->done) {
      state_->callbacks.push_back(std::move(callback));
      return;
    }
  }
  callback();
}

void Completion::wait() const {
  YUBIN_ASSERT(state_ != nullptr);
  std::unique_lock lock(state_->mutex);
  state_->finished.wait(lock, [&] { return state_->done; });
}

Completer::Completer() : Completion(std::make_shared<State>()) {}

void Completer::finish() const {
  std::vector<std::move_only_function<void()>> callbacks;
  std::shared_ptr<State> keep = state_;  // a callback may destroy this object
  {
    std::lock_guard lock(keep->mutex);
    YUBIN_ASSERT(!keep->done);
    keep->done = true;
    callbacks.swap(keep->callbacks);
    keep->finished.notify_all();
  }
  for (auto& callback : callbacks) callback();
}

}  // namespace yubin
