#include "server/purge.h"

#include <algorithm>

namespace yubin::server {

Result<Turn> Purge::slice() {
  if (!current_) return begin();
  auto empty = [id = current_->account.id](store::Changes& changes) { return changes.empty_trash(id); };
  TRY(bool more, store_.change<bool>({current_->account.id}, Lane::reading, empty).wait());
  if (more) return Turn::more;
  TRY_VOID(directory_.forget_account(*current_).wait());
  current_.reset();
  return Turn::more;
}

Result<Turn> Purge::begin() {
  std::int64_t const now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  TRY(std::vector<directory::RemovedAccount> removed, directory_.removed_accounts());
  auto due = [&](directory::RemovedAccount const& account) { return account.purge_after <= now; };
  auto first = std::ranges::find_if(removed, due);
  if (first == removed.end()) return Turn::done;
  auto erase = [id = first->account.id](store::Changes& changes) { return changes.remove_account(id); };
  TRY_VOID(store_.change<void>({first->account.id}, Lane::reading, erase).wait());
  current_ = std::move(*first);
  return Turn::more;
}

}  // namespace yubin::server
