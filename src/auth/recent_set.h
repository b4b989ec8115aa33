// Texts that were added not long ago: at most so many, each for so long, the one that was used longest ago goes first.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace yubin::auth {

// Any thread.
class RecentSet {
 public:
  // `clock` outlives this.
  RecentSet(Clock const& clock, std::size_t capacity, std::chrono::seconds keep)
      : clock_(clock), capacity_(capacity), keep_(keep) {}

  // Whether it is new here. `age`: it was added so long ago.
  bool add(std::string_view text, std::chrono::seconds age = {});
  // True within `keep` of the last add(), unless it was pushed out. Counts as a use, but does not prolong it.
  bool contains(std::string_view text) { return age_of(text).has_value(); }
  // Since the last add() of what it contains.
  std::optional<std::chrono::nanoseconds> age_of(std::string_view text);

 private:
  struct Item {
    std::string text;
    SteadyTime added;
  };
  using Items = std::list<Item>;  // used last, first

  Clock const& clock_;
  std::size_t const capacity_;
  std::chrono::seconds const keep_;
  std::mutex mutex_;
  Items items_;
  std::unordered_map<std::string_view, Items::iterator> index_;  // keys point into items_, whose nodes do not move
};

}  // namespace yubin::auth
