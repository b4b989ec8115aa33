// The commit thread: takes all batches that wait, writes them as one, syncs once, completes them in order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.h"
#include "kv/key_value.h"

namespace yubin::kv {

struct CommitCounters {
  std::uint64_t batches = 0;  // completed, well or not
  std::uint64_t writes = 0;   // calls of KeyValue::write, so syncs
};

class Committer {
 public:
  struct Options {
    std::size_t max_group_bytes = 4 * 1024 * 1024;  // a group is closed when it has this many bytes
    std::size_t max_group_batches = 1024;
  };
  // Called on the commit thread, in the order of submit(); must be quick and must not throw.
  using Done = std::move_only_function<void(Result<>)>;
  // Called on the commit thread before the batch is written; an Error keeps it from being written and is its result.
  using Admit = std::move_only_function<Result<>()>;

  // Starts the thread. `engine` outlives this.
  Committer(KeyValue& engine, Options options);
  ~Committer();  // commits what was submitted, then stops the thread

  // Any thread; never blocks on the disk. Batches are written in the order of submission. An empty batch is completed
  // in its turn, and costs no write when all of its group are empty.
  void submit(Batch batch, Done done, Admit admit = {});
  // Submits it and blocks until it is durable: for threads of the background only.
  Result<> commit(Batch batch);
  CommitCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace yubin::kv
