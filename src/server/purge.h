// Erases the mail of accounts whose grace after removal is over: a job of the upkeep.
#pragma once

#include <optional>

#include "base/upkeep.h"
#include "directory/directory.h"
#include "store/store.h"

namespace yubin::server {

// On the upkeep's thread; waits for commits. A crash at any point is gone on from: the directory forgets an account
// only when its mail is erased.
class Purge {
 public:
  // All outlive this.
  Purge(directory::Directory& directory, store::Store& store, Clock const& clock)
      : directory_(directory), store_(store), clock_(clock) {}

  // A slice: a thousand messages of one account.
  Result<Turn> slice();

 private:
  Result<Turn> begin();

  directory::Directory& directory_;
  store::Store& store_;
  Clock const& clock_;
  std::optional<directory::RemovedAccount> current_;
};

}  // namespace yubin::server
