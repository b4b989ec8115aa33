#include "auth/lasting_set.h"

#include <algorithm>

namespace yubin::auth {

Result<> LastingSet::read() {
  TRY(std::vector<directory::KnownText> const known, rows_.read(kind_, capacity_));
  std::int64_t const now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  // A clock that was set back makes nothing younger than new.
  for (directory::KnownText const& one : known)
    set_.add(one.text, std::chrono::seconds(std::max<std::int64_t>(now - one.when, 0)));
  return {};
}

void LastingSet::add(std::string_view text) {
  if (keep_ == std::chrono::seconds::zero()) return;  // nothing is to be remembered, on disk least of all
  auto const age = set_.age_of(text);
  if (age && *age < keep_ / 16) return;
  set_.add(text);
  rows_.add(kind_, std::string(text));
}

}  // namespace yubin::auth
