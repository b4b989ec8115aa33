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
// Until a destination asks again if it is not called before; longer where many wait, so that asking costs little.
constexpr milliseconds kBusy{2'000};
constexpr milliseconds kBusyEach{10};
constexpr milliseconds kBusyLongest{60'000};
constexpr milliseconds kPatience{1'000};   // of who has a place and waits for its time
constexpr milliseconds kKeptPlace{5'000};  // of who was called
constexpr std::size_t kMostGroups = 10'000;
constexpr std::size_t kMostWaiting = 20'000;  // in a group's line; the others ask again
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

// With the lock held. Whether one more connection may begin within a second.
bool Pace::has_room(Group& group, PaceLimits const& limits, SteadyTime now) {
  std::erase_if(group.called, [&](auto const& one) { return one.second <= now; });
  State const& state = group.state;
  std::size_t const allowed = std::min(static_cast<std::size_t>(state.allowed), limits.connections);
  return state.active + group.called.size() < allowed && state.not_before <= now + kPatience;
}

std::expected<SteadyTime, SteadyTime> Pace::begin(std::string const& name, queue::Stream const& who,
                                                  PaceLimits const& limits, SteadyTime now) {
  std::lock_guard const lock(mutex_);
  Group& group = group_of(name, now);
  State& state = group.state;
  group.called.erase(who);
  if (!has_room(group, limits, now)) {
    SteadyTime::duration const each = std::max<SteadyTime::duration>(std::max(state.apart, limits.apart), kBusyEach);
    auto const in_line = std::min<SteadyTime::duration>(group.waiting.size() * each, kBusyLongest);
    return std::unexpected(std::max(state.not_before, now + kBusy) + in_line);
  }
  ++state.active;
  SteadyTime const start = std::max(now, state.not_before);
  state.not_before = start + std::max(state.apart, limits.apart);
  return start;
}

void Pace::join(std::string const& name, queue::Stream const& who) {
  std::lock_guard const lock(mutex_);
  auto const found = groups_.find(name);
  if (found == groups_.end() || found->second.waiting.size() >= kMostWaiting) return;
  Group& group = found->second;
  if (!group.waiting.insert(who).second) return;
  std::deque<queue::Stream>& line = group.line[who.sender];
  if (line.empty()) group.turns.push_back(who.sender);
  line.push_back(who);
}

std::optional<queue::Stream> Pace::call_next(std::string const& name, PaceLimits const& limits, SteadyTime now) {
  std::lock_guard const lock(mutex_);
  auto const found = groups_.find(name);
  if (found == groups_.end() || found->second.turns.empty()) return std::nullopt;
  Group& group = found->second;
  if (!has_room(group, limits, now)) return std::nullopt;
  std::string sender = std::move(group.turns.front());
  group.turns.pop_front();
  auto const line = group.line.find(sender);
  queue::Stream next = std::move(line->second.front());
  line->second.pop_front();
  group.waiting.erase(next);
  if (line->second.empty())
    group.line.erase(line);
  else
    group.turns.push_back(std::move(sender));
  group.called[next] = now + kKeptPlace;
  return next;
}

void Pace::left(std::string const& name, queue::Stream const& who) {
  std::lock_guard const lock(mutex_);
  auto const found = groups_.find(name);
  if (found != groups_.end()) found->second.called.erase(who);
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

void Pace::end(std::string const& group, SteadyTime now) {
  std::lock_guard const lock(mutex_);
  State& state = group_of(group, now).state;
  if (state.active > 0) --state.active;
}

std::optional<Pace::State> Pace::find(std::string const& group) const {
  std::lock_guard const lock(mutex_);
  auto const found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  return found->second.state;
}

}  // namespace yubin::deliver
