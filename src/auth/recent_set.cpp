#include "auth/recent_set.h"

namespace yubin::auth {

bool RecentSet::add(std::string_view text) {
  if (capacity_ == 0) return true;
  std::lock_guard lock(mutex_);
  if (auto found = index_.find(text); found != index_.end()) {
    found->second->added = clock_.steady();
    items_.splice(items_.begin(), items_, found->second);
    return false;
  }
  if (items_.size() >= capacity_) {
    index_.erase(items_.back().text);
    items_.pop_back();
  }
  items_.push_front({std::string(text), clock_.steady()});
  index_.emplace(items_.front().text, items_.begin());
  return true;
}

bool RecentSet::contains(std::string_view text) {
  std::lock_guard lock(mutex_);
  auto found = index_.find(text);
  if (found == index_.end()) return false;
  auto item = found->second;
  if (clock_.steady() - item->added > keep_) {
    index_.erase(found);
    items_.erase(item);
    return false;
  }
  items_.splice(items_.begin(), items_, item);
  return true;
}

}  // namespace yubin::auth
