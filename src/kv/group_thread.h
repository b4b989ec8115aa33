// GroupThread: a thread that is given jobs and works off all that wait as one group.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace yubin::kv {

template <class Job>
class GroupThread {
 public:
  // `work` runs on the thread, with at least one job, in the order of push().
  explicit GroupThread(std::function<void(std::vector<Job>)> work)
      : work_(std::move(work)), thread_([this] { run(); }) {}
  // Works off what was pushed, then stops.
  ~GroupThread() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    pushed_.notify_one();
    thread_.join();
  }

  // Any thread.
  void push(Job job) {
    {
      std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(job));
    }
    pushed_.notify_one();
  }

 private:
  void run() {
    for (;;) {
      std::vector<Job> group;
      {
        std::unique_lock lock(mutex_);
        pushed_.wait(lock, [&] { return !waiting_.empty() || stopping_; });
        group.swap(waiting_);
      }
      if (group.empty()) return;
      work_(std::move(group));
    }
  }

  std::function<void(std::vector<Job>)> work_;
  std::mutex mutex_;
  std::condition_variable pushed_;
  std::vector<Job> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace yubin::kv
