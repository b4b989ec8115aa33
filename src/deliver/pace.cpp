#include "deliver/pace.h"

#include <algorithm>

namespace yubin::deliver {

namespace {

using std::chrono::milliseconds;

constexpr double kFirst = 5;  // connections, before anything is known
constexpr milliseconds kFirstPause{5'000};
constexpr milliseconds kLongestPause{15 * 60'000};
constexpr milliseconds kFirstApart{1'000};
constexpr milliseconds kLongestApart{30'000};
constexpr milliseconds kNoMatter{50};
// Until a destination asks again whether a connection is free, if it is not named before; longer where many wait, so
// that asking costs little.
constexpr milliseconds kBusy{2'000};
constexpr milliseconds kBusyEach{10};
constexpr std::size_t kMostGroups = 10'000;
constexpr std::size_t kMostWaiting = 20'000;  // destinations of a group; the others ask again after kBusy
constexpr std::chrono::hours kForgotten{6};

}  // namespace

// With the lock held.
Pace::Group& Pace::group_of(std::string const& name, SteadyTime now) {
  if (groups_.size() >= kMostGroups && !groups_.contains(name))
    std::erase_if(groups_, [&](auto const& one) {
      return one.second.state.active == 0 && now - one.second.touched > milliseconds(kLongestPause);
    });
  Group& group = groups_[name];
  if (group.state.active == 0 && now - group.touched > kForgotten) group = {};
  if (group.state.allowed == 0) group.state.allowed = kFirst;
  group.touched = now;
  return group;
}

std::optional<SteadyTime> Pace::begin(std::string const& name, std::string const& destination, PaceLimits const& limits,
                                      SteadyTime now) {
  std::lock_guard const lock(mutex_);
  Group& group = group_of(name, now);
  State& state = group.state;
  if (now < state.not_before) return state.not_before;
  auto const allowed = static_cast<std::size_t>(state.allowed);
  if (state.active >= std::min(allowed, limits.connections)) {
    bool const has_room = group.waiting.size() < kMostWaiting;
    if (has_room && group.named.insert(destination).second) group.waiting.push_back(destination);
    return now + kBusy + group.waiting.size() * kBusyEach;
  }
  ++state.active;
  state.not_before = now + std::max(state.apart, limits.apart);
  return std::nullopt;
}

bool Pace::may_go_on(std::string const& group, PaceLimits const& limits, std::size_t sent, SteadyTime now) {
  std::lock_guard const lock(mutex_);
  State& state = group_of(group, now).state;
  if (sent >= limits.messages || now < state.not_before) return false;
  state.not_before = now + std::max(state.apart, limits.apart);
  return true;
}

void Pace::note(std::string const& name, PaceSign sign, SteadyTime now) {
  std::lock_guard const lock(mutex_);
  Group& group = group_of(name, now);
  State& state = group.state;
  if (sign == PaceSign::taken) {
    group.refusals = 0;
    state.allowed += 1 / state.allowed;
    state.apart = state.apart <= kNoMatter ? milliseconds(0) : state.apart * 9 / 10;
  }
  if (sign != PaceSign::slow_down) return;
  // What was on its way when the first refusal came is refused as well, and says nothing new.
  if (now < group.paused_until) return;
  state.allowed = std::max(state.allowed / 2, 1.0);
  state.apart = std::clamp(state.apart * 2, kFirstApart, kLongestApart);
  unsigned const doublings = std::min(group.refusals++, 10U);
  group.paused_until = now + std::min(kFirstPause * (1 << doublings), kLongestPause);
  state.not_before = std::max(state.not_before, group.paused_until);
}

std::size_t Pace::end(std::string const& group, PaceLimits const& limits, SteadyTime now) {
  std::lock_guard const lock(mutex_);
  State& state = group_of(group, now).state;
  if (state.active > 0) --state.active;
  std::size_t const allowed = std::min(static_cast<std::size_t>(state.allowed), limits.connections);
  return allowed - std::min(allowed, state.active);
}

std::optional<std::string> Pace::next_waiting(std::string const& name) {
  std::lock_guard const lock(mutex_);
  auto const found = groups_.find(name);
  if (found == groups_.end() || found->second.waiting.empty()) return std::nullopt;
  Group& group = found->second;
  std::string next = std::move(group.waiting.front());
  group.waiting.pop_front();
  group.named.erase(next);
  return next;
}

std::optional<Pace::State> Pace::find(std::string const& group) const {
  std::lock_guard const lock(mutex_);
  auto const found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  return found->second.state;
}

}  // namespace yubin::deliver
