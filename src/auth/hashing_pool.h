// The hashing pool: a bounded number of threads for passwords, and a fair queue before them.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "auth/fair_queue.h"

namespace yubin::auth {

class HashingPool {
 public:
  struct Options {
    unsigned threads = 2;
    FairQueue::Options queue;
  };

  explicit HashingPool(Options options);
  ~HashingPool();  // runs what waits, then stops

  // Runs `task` once on a thread of the pool; it must not throw. Any thread. Errc::limit: the queue is full, and `task`
  // never runs.
  Result<> post(Network const& network, Standing standing, FairQueue::Task task);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  FairQueue queue_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace yubin::auth
