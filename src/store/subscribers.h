// Who is to be woken when an account has changed. Private to the store.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/session.h"
#include "store/store.h"

namespace yubin::store {

// Any thread.
struct Store::Subscribers {
 public:
  void add(AccountId account, std::shared_ptr<Waker> waker);
  void remove(AccountId account, std::shared_ptr<Waker> const& waker);
  void wake(AccountId account);

 private:
  std::mutex mutex_;
  std::unordered_map<AccountId, std::vector<std::shared_ptr<Waker>>> wakers_;
};

}  // namespace yubin::store
