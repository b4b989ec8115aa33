// A RecentSet that outlives the process: what is added is written down now and then, and read at the start.
#pragma once

#include <string_view>

#include "auth/recent_set.h"
#include "directory/known_logins.h"

namespace yubin::auth {

// Any thread.
class LastingSet {
 public:
  // Both outlive this.
  LastingSet(Clock const& clock, std::size_t capacity, std::chrono::seconds keep, directory::KnownLogins& rows,
             directory::KnownLogin kind)
      : clock_(clock), set_(clock, capacity, keep), capacity_(capacity), keep_(keep), rows_(rows), kind_(kind) {}

  // What an earlier process has added. Once, before anything else.
  Result<> read();
  // One that was added not long ago, in relation to `keep`, stays as it is, so that not every login writes a row.
  void add(std::string_view text);
  bool contains(std::string_view text) { return set_.contains(text); }

 private:
  Clock const& clock_;
  RecentSet set_;
  std::size_t const capacity_;
  std::chrono::seconds const keep_;
  directory::KnownLogins& rows_;
  directory::KnownLogin const kind_;
};

}  // namespace yubin::auth
