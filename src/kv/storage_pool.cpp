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
  bool stopping = false;
  std::vector<std::thread> threads;

  bool can_read() const { return !reading.empty() && readers < max_readers; }
  void run();
};

namespace {

std::move_only_function<void()> pop(std::deque<std::move_only_function<void()>>& lane) {
  auto task = std::move(lane.front());
  lane.pop_front();
  return task;
}

}  // namespace

void StoragePool::Impl::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return !delivery.empty() || can_read() || (stopping && reading.empty()); });
    bool const reads = delivery.empty();
    if (reads && reading.empty()) return;
    Task task = pop(reads ? reading : delivery);
    if (reads) ++readers;
    lock.unlock();
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
  {
    std::lock_guard lock(impl_->mutex);
    (lane == Lane::delivery ? impl_->delivery : impl_->reading).push_back(std::move(task));
  }
  impl_->changed.notify_one();
}

}  // namespace yubin::kv
