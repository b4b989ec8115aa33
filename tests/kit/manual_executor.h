// ManualExecutor: keeps what is posted until the test runs it, so that a test chooses every order.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

#include "base/executor.h"

namespace yubin::kit {

class ManualExecutor final : public Executor {
 public:
  void post(Lane, std::move_only_function<void()> task) override {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }

  std::size_t waiting() const {
    std::lock_guard lock(mutex_);
    return tasks_.size();
  }
  // Runs the oldest task on this thread. False: there is none.
  bool run_one() {
    std::move_only_function<void()> task;
    {
      std::lock_guard lock(mutex_);
      if (tasks_.empty()) return false;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
    return true;
  }
  void run_all() {
    while (run_one()) {
    }
  }

 private:
  mutable std::mutex mutex_;
  std::deque<std::move_only_function<void()>> tasks_;
};

}  // namespace yubin::kit
