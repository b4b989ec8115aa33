// What the store does for itself now and then, in slices: emptying the trash, and forgetting what changed, or
// was answered, long ago.
// For one thread, that of the upkeep; it may wait for commits.
#pragma once

#include <chrono>

#include "base/upkeep.h"
#include "store/store.h"

namespace yubin::store {

class Housekeeping {
 public:
  struct Options {
    // A client that has been away for longer, or has missed more, compares its whole mailbox. A day at least.
    std::chrono::seconds change_log_age = std::chrono::days(60);
    std::uint64_t change_log_entries = 100'000;  // of one mailbox; at least 1000
    // A message that answers one of longer ago, with nothing between, begins a thread of its own. 60 days at least.
    std::chrono::days thread_age{365};
  };

  // Both outlive this.
  Housekeeping(kv::KeyValue const& rows, Store& store, Clock const& clock, Options const& options)
      : rows_(rows), store_(store), clock_(clock), options_(options) {}

  // One slice each: a thousand messages, or a look at one account.
  Result<Turn> empty_trash();
  Result<Turn> trim_change_logs();
  Result<Turn> forget_threads();  // a thousand rows

 private:
  Result<> trim(AccountId account, Mailbox const& mailbox);
  Result<ModSeq> find_cut(AccountId account, Mailbox const& mailbox) const;

  kv::KeyValue const& rows_;
  Store& store_;
  Clock const& clock_;
  Options const options_;
  AccountId next_trash_{0};
  AccountId next_log_{0};
  AccountId next_threads_{0};
  std::string next_thread_;  // within that account
};

}  // namespace yubin::store
