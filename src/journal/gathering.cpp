#include "journal/gathering.h"

#include <fmt/format.h>

#include <algorithm>

#include "journal/peer_network.h"
#include "journal/record.h"

namespace yubin::journal {

namespace {

constexpr std::size_t kMaxPeers = 100;
constexpr double kSecondsADay = 86'400;
constexpr double kHoursADay = 24;

std::string neighbours_of(std::string_view peer) {
  Result<PeerNetwork> const parsed = PeerNetwork::parse(peer);
  return parsed ? neighbourhood(parsed->address).text() : std::string(peer);
}

}  // namespace

std::uint64_t Gathering::minute() const {
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::minutes>(clock_.now()).time_since_epoch().count());
}

// A group whose minute is over becomes a sum and begins anew.
Gathering::Group& Gathering::group_of(Entry const& entry) {
  bool const login = entry.kind == Kind::login && entry.verdict == "accepted";
  Alike alike{entry.kind, entry.service, entry.verdict, neighbours_of(entry.peer), login ? entry.user : ""};
  if (!groups_.contains(alike) && groups_.size() >= options_.max_groups) std::get<3>(alike).clear();
  auto const [place, added] = groups_.try_emplace(std::move(alike));
  Group& group = place->second;
  std::uint64_t const now = minute();
  if (!added && group.minute != now) {
    if (group.counted > 0) sums_.push_back(sum_of(place->first, group));
    group = {};
  }
  group.minute = now;
  return group;
}

// A bucket that fills steadily and holds two days' share.
bool Gathering::spend(Kind kind, std::size_t bytes) {
  auto const share = static_cast<double>(options_.bytes_a_day);
  auto const [place, added] = budgets_.try_emplace(kind, Budget{clock_.steady(), share / kHoursADay});
  Budget& budget = place->second;
  std::chrono::duration<double> const passed = clock_.steady() - budget.filled;
  budget.filled = clock_.steady();
  budget.bytes = std::min(2 * share, budget.bytes + share * passed.count() / kSecondsADay);
  if (budget.bytes < static_cast<double>(bytes)) return false;
  budget.bytes -= static_cast<double>(bytes);
  return true;
}

void Gathering::count(Group& group, Entry const& entry) {
  ++group.counted;
  if (group.peers.size() < kMaxPeers) group.peers.insert(entry.peer);
  group.last = entry;
}

bool Gathering::admit(Entry const& entry) {
  Group& group = group_of(entry);
  if (group.written < options_.single_a_minute && spend(entry.kind, encode_entry(entry).size())) {
    ++group.written;
    return true;
  }
  count(group, entry);
  return false;
}

Entry Gathering::sum_of(Alike const& alike, Group const& group) {
  auto const& [kind, service, verdict, neighbours, user] = alike;
  Entry sum;
  sum.id = ids_.next();
  sum.kind = kind;
  sum.service = service;
  sum.verdict = verdict;
  sum.peer = neighbours;
  sum.user = user;
  sum.generation = group.last.generation;
  sum.reason = fmt::format("{} more of this kind within a minute", group.counted);
  sum.facts.emplace_back("count", std::to_string(group.counted));
  sum.facts.emplace_back("peers", group.peers.size() < kMaxPeers ? std::to_string(group.peers.size())
                                                                 : fmt::format("{} or more", kMaxPeers));
  auto last = [&](char const* name, std::string const& text) {
    if (!text.empty()) sum.facts.emplace_back(name, text);
  };
  last("last-peer", group.last.peer);
  last("last-helo", group.last.helo);
  last("last-user", user.empty() ? group.last.user : "");
  last("last-reason", group.last.reason);
  return sum;
}

// A sum for which no budget is left goes into the one of all neighbourhoods, which is always written: one a minute for
// each kind, service and verdict.
std::vector<Entry> Gathering::take_sums(bool all) {
  std::uint64_t const now = minute();
  std::map<Alike, Group> together;
  std::vector<Entry> sums = std::exchange(sums_, {});
  for (auto place = groups_.begin(); place != groups_.end();) {
    auto const& [alike, group] = *place;
    if (!all && group.minute == now) {
      ++place;
      continue;
    }
    if (group.counted > 0) {
      Entry sum = sum_of(alike, group);
      if (spend(sum.kind, encode_entry(sum).size())) {
        sums.push_back(std::move(sum));
      } else {
        Group& sink = together[{std::get<0>(alike), std::get<1>(alike), std::get<2>(alike), "", ""}];
        sink.counted += group.counted;
        for (std::string const& peer : group.peers) {
          if (sink.peers.size() < kMaxPeers) sink.peers.insert(peer);
        }
        sink.last = group.last;
      }
    }
    place = groups_.erase(place);
  }
  for (auto const& [alike, group] : together) sums.push_back(sum_of(alike, group));
  return sums;
}

}  // namespace yubin::journal
