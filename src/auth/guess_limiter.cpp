#include "auth/guess_limiter.h"

#include <algorithm>

namespace yubin::auth {

GuessLimiter::Record& GuessLimiter::Records::get(std::string_view name, SteadyTime now, Options const& options) {
  if (auto found = index_.find(name); found != index_.end()) {
    records_.splice(records_.begin(), records_, found->second);
    Record& record = records_.front();
    if (now - record.last > options.forget) {
      record.guesses = 0;
      record.not_before = {};
    }
    return record;
  }
  if (records_.size() >= options.capacity) {
    index_.erase(records_.back().name);
    records_.pop_back();
  }
  records_.push_front({.name = std::string(name)});
  index_.emplace(records_.front().name, records_.begin());
  return records_.front();
}

bool GuessLimiter::Records::may_try(std::string_view name, SteadyTime now) const {
  auto found = index_.find(name);
  return found == index_.end() || now >= found->second->not_before;
}

bool GuessLimiter::may_try(Guess const& guess) {
  std::lock_guard lock(mutex_);
  SteadyTime const now = clock_.steady();
  if (guess.known == Known::user_at_home) return homes_.may_try(guess.network.home_of(guess.user), now);
  if (!networks_.may_try(guess.network.text(), now)) return false;
  return guess.known == Known::others || users_.may_try(guess.user, now);
}

void GuessLimiter::wrong(Guess const& guess) {
  std::lock_guard lock(mutex_);
  SteadyTime const now = clock_.steady();
  count(record_of(guess, now), guess.known == Known::others ? options_.known_network : options_.network, now);
  if (guess.known == Known::nobody) count(users_.get(guess.user, now, options_), options_.user, now);
}

std::uint32_t GuessLimiter::refused(Guess const& guess) {
  std::lock_guard lock(mutex_);
  SteadyTime const now = clock_.steady();
  Record& record = record_of(guess, now);
  record.last = now;
  if (record.refused == 0 || now - record.refused_since > kCountFailures) {
    record.refused = 0;
    record.refused_since = now;
  }
  return ++record.refused;
}

GuessLimiter::Record& GuessLimiter::record_of(Guess const& guess, SteadyTime now) {
  if (guess.known == Known::user_at_home) return homes_.get(guess.network.home_of(guess.user), now, options_);
  return networks_.get(guess.network.text(), now, options_);
}

void GuessLimiter::count(Record& record, std::uint32_t free, SteadyTime now) const {
  record.last = now;
  ++record.guesses;
  if (record.guesses <= free) return;
  std::uint32_t const doublings = std::min(record.guesses - free - 1, 16U);
  record.not_before = now + std::min(options_.longest_wait, options_.first_wait * (1U << doublings));
}

}  // namespace yubin::auth
