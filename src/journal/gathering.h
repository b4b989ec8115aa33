// Gathering: keeps those who bring no mail (scanners, password guessers, clients that log in every minute) from filling
// the journal, so that they cannot push out the history of mail.
//
// Entries are alike when they have the kind, service and verdict, the peer's neighbourhood (/24, /64) and, if they are
// accepted logins, the user. The first of a minute are written as they are; the others are counted, and one entry at
// the end of the minute says how many there were. Each kind also has a budget of bytes, far below what retention keeps;
// when it is used up, the entries of all neighbourhoods are counted together.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "journal/journal.h"

namespace yubin::journal {

class Gathering {
 public:
  struct Options {
    unsigned single_a_minute = 30;  // alike entries written as they are
    // Of the entries of one kind; what is not used in a day is there on the next, an hour's share from the start.
    std::uint64_t bytes_a_day = 2 * 1024 * 1024;
    std::size_t max_groups = 10'000;  // neighbourhoods counted at a time; what is more is counted together
  };

  // `ids` and `clock` outlive this.
  Gathering(UniqueIds& ids, Clock const& clock, Options const& options) : ids_(ids), clock_(clock), options_(options) {}

  // Whether to write this entry as it is; otherwise it has been counted.
  bool admit(Entry const& entry);
  // The sums of the minutes that are over; with `all`, also of the one that is not.
  std::vector<Entry> take_sums(bool all = false);

 private:
  using Alike = std::tuple<Kind, std::string, std::string, std::string, std::string>;
  struct Group {
    std::uint64_t minute = 0;  // since 1970
    unsigned written = 0;
    std::uint64_t counted = 0;
    std::set<std::string> peers;  // up to kMaxPeers
    Entry last;
  };
  struct Budget {
    SteadyTime filled;
    double bytes = 0;
  };

  std::uint64_t minute() const;
  Group& group_of(Entry const& entry);
  bool spend(Kind kind, std::size_t bytes);
  static void count(Group& group, Entry const& entry);
  Entry sum_of(Alike const& alike, Group const& group);

  UniqueIds& ids_;
  Clock const& clock_;
  Options const options_;
  std::map<Alike, Group> groups_;
  std::map<Kind, Budget> budgets_;
  std::vector<Entry> sums_;  // of minutes that are over, not yet taken
};

}  // namespace yubin::journal
