#include "auth/fair_queue.h"

#include <utility>

namespace yubin::auth {

namespace {
constexpr int kKnownInARow = 4;
}

FairQueue::Task FairQueue::Turns::pop() {
  std::string network = std::move(next.front());
  next.pop_front();
  auto entry = waiting.find(network);
  Task task = std::move(entry->second.front());
  entry->second.pop_front();
  --size;
  if (entry->second.empty()) {
    waiting.erase(entry);
  } else {
    next.push_back(std::move(network));
  }
  return task;
}

Result<> FairQueue::push(Network const& network, Standing standing, Task task) {
  bool const known = standing == Standing::known;
  Turns& turns = known ? known_ : unknown_;
  Limits const& limits = known ? options_.known : options_.unknown;
  if (turns.size >= limits.all) return fail(Errc::limit, "too many passwords wait to be verified");
  auto entry = turns.waiting.find(network.text());
  if (entry == turns.waiting.end()) {
    entry = turns.waiting.try_emplace(network.text()).first;
    turns.next.push_back(network.text());
  } else if (entry->second.size() >= limits.per_network) {
    return fail(Errc::limit, "too many passwords of one network wait to be verified");
  }
  entry->second.push_back(std::move(task));
  ++turns.size;
  return {};
}

std::optional<FairQueue::Task> FairQueue::pop() {
  if (empty()) return std::nullopt;
  bool others_turn = known_in_a_row_ >= kKnownInARow && unknown_.size > 0;
  if (known_.size > 0 && !others_turn) {
    ++known_in_a_row_;
    return known_.pop();
  }
  known_in_a_row_ = 0;
  return unknown_.pop();
}

}  // namespace yubin::auth
