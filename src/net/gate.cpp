#include "net/gate.h"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

#include "base/assert.h"

namespace yubin::net {
namespace {

using namespace std::chrono_literals;

constexpr auto kTellingPeriod = 1min;

// What one subscriber has: IPv4 /24, IPv6 /64.
IpAddress network_of(IpAddress const& address) {
  return address.network(address.is_v4() ? 24 : 64);
}

template <class Counts>
auto find(Counts const& counts, IpAddress const& key) {
  auto const found = counts.find(key);
  return found == counts.end() ? typename Counts::mapped_type{} : found->second;
}

template <class Counts>
void remove(Counts& counts, IpAddress const& key, bool authenticated) {
  auto const found = counts.find(key);
  YUBIN_ASSERT(found != counts.end());
  --found->second.all;
  if (!authenticated) --found->second.unauthenticated;
  if (found->second.all == 0) counts.erase(found);
}

}  // namespace

GateOptions gate_without_login() {
  GateOptions options;
  options.connections = 5000;
  options.per_address = options.unauthenticated_per_address = 50;
  options.per_network = options.unauthenticated_per_network = 150;
  options.unauthenticated = options.connections;
  return options;
}

GateOptions gate_by_number(unsigned connections) {
  GateOptions options;
  options.connections = connections;
  options.per_address = options.unauthenticated_per_address = std::numeric_limits<unsigned>::max();
  options.per_network = options.unauthenticated_per_network = std::numeric_limits<unsigned>::max();
  options.unauthenticated = std::numeric_limits<unsigned>::max();
  return options;
}

std::string_view to_string(Refusal why) {
  switch (why) {
    case Refusal::connections:
      return "connections";
    case Refusal::per_address:
      return "per_address";
    case Refusal::per_network:
      return "per_network";
    case Refusal::unauthenticated:
      return "unauthenticated";
    case Refusal::unauthenticated_per_address:
      return "unauthenticated_per_address";
    case Refusal::unauthenticated_per_network:
      return "unauthenticated_per_network";
  }
  YUBIN_ASSERT(false);
}

Gate::Admission::~Admission() {
  if (gate_) gate_->leave(peer_, authenticated_);
}

void Gate::Admission::authenticated() {
  if (!gate_ || authenticated_) return;
  authenticated_ = true;
  gate_->login(peer_);
}

bool Gate::Admission::pressed() const {
  return gate_ && !authenticated_ && gate_->pressed_;
}

bool Gate::is_exempt(IpAddress const& peer) const {
  return (peer.is_loopback() && !options_.strict_loopback) || any_contains(options_.exempt, peer);
}

std::optional<Refusal> Gate::reason_to_refuse(IpAddress const& peer) const {
  if (total_.all >= options_.connections) return Refusal::connections;
  if (is_exempt(peer)) return std::nullopt;
  if (total_.unauthenticated >= options_.unauthenticated) return Refusal::unauthenticated;
  Count const address = find(addresses_, peer);
  if (address.all >= options_.per_address) return Refusal::per_address;
  if (address.unauthenticated >= options_.unauthenticated_per_address) return Refusal::unauthenticated_per_address;
  Count const network = find(networks_, network_of(peer));
  if (network.all >= options_.per_network) return Refusal::per_network;
  if (network.unauthenticated >= options_.unauthenticated_per_network) return Refusal::unauthenticated_per_network;
  return std::nullopt;
}

std::variant<Gate::Admission, Gate::Refused> Gate::admit(IpAddress const& peer) {
  std::lock_guard lock(mutex_);
  if (auto const why = reason_to_refuse(peer)) {
    ++refused_[static_cast<std::size_t>(*why)];
    return Refused{*why, worth_telling(network_of(peer))};
  }
  ++admitted_;
  for (Count* count : {&total_, &addresses_[peer], &networks_[network_of(peer)]}) {
    ++count->all;
    ++count->unauthenticated;
  }
  // Three quarters: soon enough for those that are let in to be brief before others have to be turned away.
  pressed_ = total_.unauthenticated >= options_.unauthenticated - options_.unauthenticated / 4;
  return Admission(shared_from_this(), peer);
}

bool Gate::is_full() const {
  std::lock_guard lock(mutex_);
  return total_.all >= options_.connections;
}

// A network that goes on after it has been told costs no more than the accept and the close.
bool Gate::worth_telling(IpAddress const& network) {
  SteadyTime const now = clock_.steady();
  auto found = told_.find(network);
  if (found == told_.end()) {
    if (told_.size() >= kRemembered)
      std::erase_if(told_, [&](auto const& one) { return now - one.second.since >= kTellingPeriod; });
    if (told_.size() >= kRemembered) return false;
    found = told_.emplace(network, Told{.since = now}).first;
  }
  Told& told = found->second;
  if (now - told.since >= kTellingPeriod) told = {.since = now};
  if (told.times == kTold) return false;
  ++told.times;
  return true;
}

void Gate::leave(IpAddress const& peer, bool authenticated) {
  std::lock_guard lock(mutex_);
  remove(addresses_, peer, authenticated);
  remove(networks_, network_of(peer), authenticated);
  --total_.all;
  if (!authenticated) --total_.unauthenticated;
  pressed_ = total_.unauthenticated >= options_.unauthenticated - options_.unauthenticated / 4;
}

void Gate::login(IpAddress const& peer) {
  std::lock_guard lock(mutex_);
  for (Count* count : {&total_, &addresses_.at(peer), &networks_.at(network_of(peer))}) --count->unauthenticated;
  pressed_ = total_.unauthenticated >= options_.unauthenticated - options_.unauthenticated / 4;
}

GateCounters Gate::counters() const {
  std::lock_guard lock(mutex_);
  return {
      .connections = total_.all, .unauthenticated = total_.unauthenticated, .admitted = admitted_, .refused = refused_};
}

std::size_t raise_descriptor_limit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  rlim_t const target = std::min<rlim_t>(limit.rlim_max, wanted);
  if (limit.rlim_cur >= target) return limit.rlim_cur;
  limit.rlim_cur = target;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);  // if it may not, the old limit stays
  (void)::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace yubin::net
