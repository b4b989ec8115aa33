#include "auth/hashing_pool.h"

#include <utility>

namespace yubin::auth {

HashingPool::HashingPool(Options options) : queue_(options.queue) {
  for (unsigned i = 0; i < options.threads; ++i) threads_.emplace_back([this] { run(); });
}

HashingPool::~HashingPool() {
  std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}  // the threads, declared last, are joined first

Result<> HashingPool::post(Network const& network, Standing standing, FairQueue::Task task) {
  std::lock_guard lock(mutex_);
  TRY_VOID(queue_.push(network, standing, std::move(task)));
  changed_.notify_one();
  return {};
}

void HashingPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    auto task = queue_.pop();
    if (!task) return;
    lock.unlock();
    (*task)();
    task.reset();  // what it holds is destroyed outside the lock
    lock.lock();
  }
}

}  // namespace yubin::auth
