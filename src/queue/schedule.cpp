#include "queue/schedule.h"

#include <algorithm>
#include <utility>

namespace yubin::queue {

namespace {

// So many parked streams are looked at when a place becomes free: more than there are senders that may be held up by
// what they have elsewhere.
constexpr std::size_t kUnpark = 8;
// Streams of one destination that are looked at for a connection that is open.
constexpr std::size_t kLook = 64;
// Every so many turns begin with the lowest priority, so that it goes on.
constexpr std::uint64_t kLowFirst = 8;

std::size_t index_of(Priority priority) {
  return static_cast<std::size_t>(priority) - 1;
}

}  // namespace

std::size_t Schedule::share_of(Stream const& stream, std::size_t free) {
  return stream.priority == Priority::bulk ? free : 2 * free;
}

// Whether a stream that is not in memory may come in; one that is due later may have to go for it.
bool Schedule::make_room(Stream const& stream, Seconds due) {
  auto const sender = senders_.find(stream.sender);
  std::size_t const mine = sender == senders_.end() ? 0 : sender->second.streams;
  std::size_t const free = options_.streams - std::min(options_.streams, streams_.size());
  if (free > 0 && mine < share_of(stream, free)) return true;
  if (waiting_.empty() || waiting_.rbegin()->first <= due) return false;
  auto const latest = streams_.find(waiting_.rbegin()->second);
  beyond_ = std::min(beyond_, latest->second.when);
  erase(latest);
  return true;
}

bool Schedule::wake(Stream const& stream, Seconds due) {
  auto at = streams_.find(stream);
  if (at == streams_.end()) {
    if (!make_room(stream, due)) {
      beyond_ = std::min(beyond_, due);
      return false;
    }
    at = streams_.try_emplace(stream).first;
    ++senders_[stream.sender].streams;
    ++destinations_[stream.destination].streams;
    at->second.due = due;
    put_waiting(at, due);
    return true;
  }
  State& state = at->second;
  if (due >= state.due) return false;
  state.due = due;
  if (state.place == Place::waiting) put_waiting(at, std::max(due, state.paused_until));
  return false;
}

void Schedule::put_waiting(Streams::iterator at, Seconds when) {
  State& state = at->second;
  if (state.place == Place::waiting) waiting_.erase({state.when, at->first});
  state.place = Place::waiting;
  state.when = when;
  state.generation = ++generation_;
  waiting_.emplace(when, at->first);
}

void Schedule::put_ready(Streams::iterator at) {
  State& state = at->second;
  state.place = Place::ready;
  state.generation = ++generation_;
  std::size_t const priority = index_of(at->first.priority);
  Sender& sender = senders_.at(at->first.sender);
  sender.ready[priority].push_back({at->first, state.generation});
  if (!std::exchange(sender.in_turn[priority], true)) turns_[priority].push_back(at->first.sender);
}

void Schedule::park(Streams::iterator at) {
  State& state = at->second;
  state.place = Place::parked;
  state.generation = ++generation_;
  destinations_.at(at->first.destination).parked.push_back({at->first, state.generation});
}

void Schedule::erase(Streams::iterator at) {
  Stream const stream = at->first;
  if (at->second.place == Place::waiting) waiting_.erase({at->second.when, stream});
  streams_.erase(at);
  --senders_.at(stream.sender).streams;
  --destinations_.at(stream.destination).streams;
  drop_if_idle(stream);
}

void Schedule::drop_if_idle(Stream const& stream) {
  auto const sender = senders_.find(stream.sender);
  // One that has a turn is dropped when it comes to it.
  auto const in_turn = [](Sender const& one) { return std::ranges::find(one.in_turn, true) != one.in_turn.end(); };
  if (sender != senders_.end() && sender->second.active == 0 && sender->second.streams == 0 && !in_turn(sender->second))
    senders_.erase(sender);
  auto const destination = destinations_.find(stream.destination);
  if (destination != destinations_.end() && destination->second.active == 0 && destination->second.streams == 0)
    destinations_.erase(destination);
}

void Schedule::promote(Seconds now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    auto const at = streams_.find(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    put_ready(at);
  }
}

bool Schedule::sender_may(Stream const& stream) const {
  if (active_ >= options_.transactions) return false;
  return senders_.at(stream.sender).active < share_of(stream, options_.transactions - active_);
}

bool Schedule::destination_may(Stream const& stream) const {
  Destination const& destination = destinations_.at(stream.destination);
  if (destination.active >= options_.per_destination) return false;
  auto const mine = destination.senders.find(stream.sender);
  std::size_t const count = mine == destination.senders.end() ? 0 : mine->second;
  return count < share_of(stream, options_.per_destination - destination.active);
}

Stream Schedule::take(Streams::iterator at) {
  State& state = at->second;
  if (state.place == Place::waiting) waiting_.erase({state.when, at->first});
  state.place = Place::taken;
  state.generation = ++generation_;
  state.due = kNever;
  state.paused_until = 0;
  state.resumed = false;
  ++active_;
  ++senders_.at(at->first.sender).active;
  Destination& destination = destinations_.at(at->first.destination);
  ++destination.active;
  ++destination.senders[at->first.sender];
  destination.last = at->first;
  return at->first;
}

std::optional<Stream> Schedule::next(Seconds now) {
  promote(now);
  if (active_ >= options_.transactions) return std::nullopt;
  bool const low_first = turn_ % kLowFirst == kLowFirst - 1;
  for (std::size_t i = 0; i < kPriorities; ++i) {
    auto found = next_of(low_first ? kPriorities - 1 - i : i, now);
    if (!found) continue;
    ++turn_;
    return found;
  }
  return std::nullopt;
}

// Each sender that is passed over has transactions under way, so there are few of them, or has nothing ready and
// leaves.
std::optional<Stream> Schedule::next_of(std::size_t priority, Seconds now) {
  std::deque<std::string>& turns = turns_[priority];
  for (std::size_t left = turns.size(); left > 0; --left) {
    std::string const name = std::move(turns.front());
    turns.pop_front();
    auto found = next_of(name, priority, now);
    Sender& sender = senders_.at(name);
    sender.in_turn[priority] = !sender.ready[priority].empty();
    if (sender.in_turn[priority]) turns.push_back(name);
    if (found) return found;
    drop_if_idle({"", Priority::normal, name});
  }
  return std::nullopt;
}

std::optional<Stream> Schedule::next_of(std::string const& name, std::size_t priority, Seconds now) {
  std::deque<Entry>& ready = senders_.at(name).ready[priority];
  while (!ready.empty()) {
    auto const at = streams_.find(ready.front().stream);
    bool const meant = at != streams_.end() && at->second.generation == ready.front().generation;
    if (meant && !sender_may(at->first)) return std::nullopt;
    ready.pop_front();
    if (!meant) continue;
    Seconds const paused_until = pause_of(at);
    if (paused_until > now) {
      put_waiting(at, paused_until);
    } else if (!destination_may(at->first)) {
      park(at);
    } else {
      return take(at);
    }
  }
  return std::nullopt;
}

// In turn too: on from the stream that had the last one.
std::optional<Stream> Schedule::next(std::string const& destination, Seconds now) {
  auto const found = destinations_.find(destination);
  if (found == destinations_.end()) return std::nullopt;
  std::size_t const count = std::min(found->second.streams, kLook);
  auto at = found->second.last ? streams_.upper_bound(*found->second.last) : streams_.end();
  for (std::size_t i = 0; i < count; ++i, ++at) {
    if (at == streams_.end() || at->first.destination != destination)
      at = streams_.lower_bound({destination, Priority{}, ""});
    State const& state = at->second;
    if (state.place == Place::taken || state.due > now) continue;
    if (sender_may(at->first) && destination_may(at->first)) return take(at);
  }
  return std::nullopt;
}

void Schedule::filled(Stream const& stream, Seconds due) {
  auto const at = streams_.find(stream);
  State& state = at->second;
  state.due = std::min(state.due, due);  // somebody may have been added meanwhile
  if (state.due == kNever) return erase(at);
  put_waiting(at, std::max(state.due, state.paused_until));
}

void Schedule::end(Stream const& stream, Went went, Seconds now) {
  --active_;
  --senders_.at(stream.sender).active;
  Destination& destination = destinations_.at(stream.destination);
  --destination.active;
  auto const mine = destination.senders.find(stream.sender);
  if (--mine->second == 0) destination.senders.erase(mine);
  if (went == Went::well) destination.failures = 0;
  if (went == Went::unreachable) {
    auto const factor = std::int64_t{1} << std::min(destination.failures++, 10U);
    destination.paused_until = now + std::min(options_.pause_longest.count(), options_.pause_first.count() * factor);
  }
  unpark(destination);
  drop_if_idle(stream);
}

void Schedule::unpark(Destination& destination) {
  for (std::size_t i = 0; i < kUnpark && !destination.parked.empty();) {
    Entry const entry = std::move(destination.parked.front());
    destination.parked.pop_front();
    auto const at = streams_.find(entry.stream);
    if (at == streams_.end() || at->second.generation != entry.generation) continue;
    put_ready(at);
    ++i;
  }
}

Seconds Schedule::pause_of(Streams::const_iterator at) const {
  if (at->second.resumed) return 0;
  return std::max(at->second.paused_until, destinations_.at(at->first.destination).paused_until);
}

void Schedule::pause(Stream const& stream, Seconds until) {
  auto const at = streams_.find(stream);
  if (at == streams_.end()) return;
  State& state = at->second;
  state.paused_until = until;
  state.resumed = false;
  if (state.place == Place::waiting) put_waiting(at, std::max(state.due, until));
}

bool Schedule::resume(Stream const& stream, Seconds now) {
  auto const at = streams_.find(stream);
  if (at == streams_.end() || at->second.place == Place::taken) return false;
  State& state = at->second;
  state.paused_until = 0;
  state.resumed = true;
  if (state.place == Place::waiting) put_waiting(at, state.due);
  return state.due <= now;
}

Seconds Schedule::paused_until(Stream const& stream) const {
  auto const at = streams_.find(stream);
  return at == streams_.end() ? 0 : pause_of(at);
}

void Schedule::put_back(Seconds by) {
  auto earlier = [by](Seconds& time) {
    if (time != kNever) time -= by;
  };
  waiting_.clear();
  for (auto& [stream, state] : streams_) {
    for (Seconds* time : {&state.due, &state.when, &state.paused_until}) earlier(*time);
    if (state.place == Place::waiting) waiting_.emplace(state.when, stream);
  }
  for (auto& [name, destination] : destinations_) earlier(destination.paused_until);
  earlier(beyond_);
}

Seconds Schedule::earliest() const {
  auto const has_turn = [](auto const& turns) { return !turns.empty(); };
  Seconds const waiting = waiting_.empty() ? kNever : waiting_.begin()->first;
  if (std::ranges::any_of(turns_, has_turn)) return std::min(waiting, Seconds{0});
  return std::min(waiting, beyond_);
}

}  // namespace yubin::queue
