#include "kv/committer.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/assert.h"
#include "kv/ticket.h"

namespace yubin::kv {

namespace {

struct Submitted {
  Batch batch;
  Committer::Done done;
  Committer::Admit admit;
  Result<> result;
};

}  // namespace

struct Committer::Impl {
  Impl(KeyValue& the_engine, Options the_options) : engine(the_engine), options(the_options) {}

  KeyValue& engine;
  Options const options;

  mutable std::mutex mutex;
  std::condition_variable submitted;
  std::deque<Submitted> waiting;
  bool stopping = false;
  CommitCounters counters;
  std::thread thread;

  std::vector<Submitted> take_group();
  void write(std::vector<Submitted>& group);
  void run();
};

// Waits for a batch, then takes all that wait, up to the group's limits. Empty: there will be none any more.
std::vector<Submitted> Committer::Impl::take_group() {
  std::vector<Submitted> group;
  std::size_t bytes = 0;
  std::unique_lock lock(mutex);
  submitted.wait(lock, [&] { return !waiting.empty() || stopping; });
  while (!waiting.empty() && group.size() < options.max_group_batches && bytes < options.max_group_bytes) {
    bytes += waiting.front().batch.bytes();
    group.push_back(std::move(waiting.front()));
    waiting.pop_front();
  }
  return group;
}

void Committer::Impl::write(std::vector<Submitted>& group) {
  std::vector<Submitted*> admitted;
  std::vector<Batch const*> batches;
  for (auto& one : group) {
    if (one.admit) one.result = one.admit();
    if (!one.result || one.batch.empty()) continue;
    admitted.push_back(&one);
    batches.push_back(&one.batch);
  }
  if (batches.empty()) return;
  auto results = engine.write(batches);
  {
    std::lock_guard lock(mutex);
    ++counters.writes;
  }
  if (!results) {
    // An empty batch may rest on what the others of its group put, so it fails with them.
    for (auto& one : group) {
      if (one.result) one.result = std::unexpected(results.error());
    }
    return;
  }
  YUBIN_ASSERT(results->size() == admitted.size());
  for (std::size_t i = 0; i < admitted.size(); ++i) admitted[i]->result = std::move((*results)[i]);
}

void Committer::Impl::run() {
  for (;;) {
    std::vector<Submitted> group = take_group();
    if (group.empty()) return;
    write(group);
    {
      std::lock_guard lock(mutex);
      counters.batches += group.size();
    }
    for (auto& one : group) one.done(std::move(one.result));
  }
}

Committer::Committer(KeyValue& engine, Options options) : impl_(std::make_unique<Impl>(engine, options)) {
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

Committer::~Committer() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->submitted.notify_one();
  impl_->thread.join();
}

void Committer::submit(Batch batch, Done done, Admit admit) {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->waiting.push_back({std::move(batch), std::move(done), std::move(admit), {}});
  }
  impl_->submitted.notify_one();
}

Result<> Committer::commit(Batch batch) {
  auto const ticket = Ticket<void>::make();
  submit(std::move(batch), [ticket](Result<> result) { ticket.finish(std::move(result)); });
  return ticket.wait();
}

CommitCounters Committer::counters() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->counters;
}

}  // namespace yubin::kv
