#include "auth/recent_set.h"

namespace yubin::auth {

bool RecentSet::add(std::string_view text, std::chrono::seconds age) {
  if (capacity_ == 0) return true;
  std::lock_guard lock(mutex_);
  SteadyTime const added = clock_.steady() - age;
  if (auto found = index_.find(text); found != index_.end()) {
    found->second->added = added;
    items_.splice(items_.begin(), items_, found->second);
    return false;
  }
  if (items_.size() >= capacity_) {
    index_.erase(items_.back().text);
    items_.pop_back();
  }
  items_.push_front({std::string(text), added});
  index_.emplace(items_.front().text, items_.begin());
  return true;
}

std::optional<std::chrono::nanoseconds> RecentSet::age_of(std::string_view text) {
  std::lock_guard lock(mutex_);
  auto found = index_.find(text);
  if (found == index_.end()) return std::nullopt;
  auto item = found->second;
  std::chrono::nanoseconds const age = clock_.steady() - item->added;
  if (age > keep_) {
    index_.erase(found);
    items_.erase(item);
    return std::nullopt;
  }
  items_.splice(items_.begin(), items_, item);
  return age;
}

}  // namespace yubin::auth
