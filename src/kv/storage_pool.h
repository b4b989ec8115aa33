// The storage pool: threads that may read the disk. Two lanes, delivery before reading; at least one thread is kept
// free of reading, so that a mailbox being searched never holds up new mail.
//
// What a task posts is taken by its own thread when the task is over, at the earliest: a task must not wait for it, and
// one that posts should be over soon (the turns of 5 ms).
#pragma once

#include <memory>

#include "base/executor.h"

namespace yubin::kv {

class StoragePool final : public Executor {
 public:
  explicit StoragePool(unsigned threads);  // at least 2
  ~StoragePool() override;                 // runs what was posted, then stops

  void post(Lane lane, std::move_only_function<void()> task) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace yubin::kv
