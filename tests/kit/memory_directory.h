// A directory over rows in memory, with a clock that stands still.
#pragma once

#include "base/clock.h"
#include "base/executor.h"
#include "directory/directory.h"
#include "kv/changer.h"
#include "kv/committer.h"
#include "kv/memory_key_value.h"

namespace yubin::kit {

class MemoryDirectory {
 public:
  kv::MemoryKeyValue& rows() { return rows_; }
  ManualClock& clock() { return clock_; }
  kv::Changer& changer() { return changer_; }
  directory::Directory& operator*() { return directory_; }
  directory::Directory* operator->() { return &directory_; }

 private:
  kv::MemoryKeyValue rows_;
  ManualClock clock_{WallTime(std::chrono::seconds(1'700'000'000))};
  InlineExecutor inline_;
  kv::Committer committer_{rows_, {}};
  kv::Changer changer_{rows_, committer_, inline_};
  directory::Directory directory_{rows_, changer_, clock_};
};

}  // namespace yubin::kit
