#include "store/subscribers.h"

#include <algorithm>

namespace yubin::store {

void Store::Subscribers::add(AccountId account, std::shared_ptr<Waker> waker) {
  std::scoped_lock const lock(mutex_);
  wakers_[account].push_back(std::move(waker));
}

void Store::Subscribers::remove(AccountId account, std::shared_ptr<Waker> const& waker) {
  std::scoped_lock const lock(mutex_);
  auto found = wakers_.find(account);
  if (found == wakers_.end()) return;
  // One only: the same waker may be subscribed twice.
  auto one = std::ranges::find(found->second, waker);
  if (one != found->second.end()) found->second.erase(one);
  if (found->second.empty()) wakers_.erase(found);
}

void Store::Subscribers::wake(AccountId account) {
  std::vector<std::shared_ptr<Waker>> wakers;
  {
    std::scoped_lock const lock(mutex_);
    auto found = wakers_.find(account);
    if (found != wakers_.end()) wakers = found->second;
  }
  // Without the lock: a waker may end subscriptions.
  for (auto const& waker : wakers) waker->wake(WakeReason::changed);
}

}  // namespace yubin::store
