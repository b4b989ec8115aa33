#include "kv/storage_pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/assert.h"

namespace yubin::kv {

struct StoragePool::Impl {
  using Task = std::move_only_function<void()>;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Task> delivery;
  std::deque<Task> reading;
  unsigned readers = 0;      // threads that run a task of the reading lane
  unsigned max_readers = 0;  // one less than there are threads
  unsigned idle = 0;         // threads that wait
  bool waking = false;       // one of them has been woken and is on its way
  bool stopping = false;
  std::vector<std::thread> threads;

  static thread_local Impl const* here;  // whose thread this is

  bool has_work() const { return !delivery.empty() || (!reading.empty() && readers < max_readers); }
  bool wake_next();
  bool wait_for_work(std::unique_lock<std::mutex>& lock);
  void run();
};

thread_local StoragePool::Impl const* StoragePool::Impl::here = nullptr;

namespace {

std::move_only_function<void()> pop(std::deque<std::move_only_function<void()>>& lane) {
  auto task = std::move(lane.front());
  lane.pop_front();
  return task;
}

}  // namespace

// A switch of threads costs more than most tasks, so threads are woken one by one: each wakes the next if there is more
// to do than it takes, and a thread that is awake already may be there first. With the mutex held; whether the caller
// is to notify one, without it.
bool StoragePool::Impl::wake_next() {
  if (waking || idle == 0 || !has_work()) return false;
  return waking = true;
}

// False when there will be none any more.
bool StoragePool::Impl::wait_for_work(std::unique_lock<std::mutex>& lock) {
  while (!has_work()) {
    if (stopping && reading.empty()) return false;
    ++idle;
    changed.wait(lock);
    --idle;
    waking = false;
  }
  return true;
}

void StoragePool::Impl::run() {
  here = this;
  std::unique_lock lock(mutex);
  while (wait_for_work(lock)) {
    bool const reads = delivery.empty();
    Task task = pop(reads ? reading : delivery);
    if (reads) ++readers;
    bool const wake = wake_next();
    lock.unlock();
    if (wake) changed.notify_one();
    task();
    task = nullptr;  // what it captured is destroyed on this side of the lock
    lock.lock();
    if (reads) --readers;
    if (stopping) changed.notify_all();
  }
}

StoragePool::StoragePool(unsigned threads) : impl_(std::make_unique<Impl>()) {
  YUBIN_ASSERT(threads >= 2);
  impl_->max_readers = threads - 1;
  for (unsigned i = 0; i < threads; ++i) impl_->threads.emplace_back([impl = impl_.get()] { impl->run(); });
}

StoragePool::~StoragePool() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  for (auto& thread : impl_->threads) thread.join();
}

void StoragePool::post(Lane lane, std::move_only_function<void()> task) {
  bool wake = false;
  {
    std::lock_guard lock(impl_->mutex);
    (lane == Lane::delivery ? impl_->delivery : impl_->reading).push_back(std::move(task));
    // A thread of the pool takes it itself, as soon as its task is done.
    wake = Impl::here != impl_.get() && impl_->wake_next();
  }
  if (wake) impl_->changed.notify_one();
}

}  // namespace yubin::kv
