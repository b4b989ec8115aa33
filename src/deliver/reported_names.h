// The names of addresses that reports tell of, looked up aside: a page never waits for the DNS.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/upkeep.h"
#include "dns/resolver.h"
#include "kv/committer.h"
#include "report/rows.h"

namespace yubin::deliver {

class ReportedNames {
 public:
  static constexpr std::size_t kAtOnce = 20;                          // questions under way
  static constexpr std::chrono::days kFresh = std::chrono::days(30);  // then it is asked again
  static constexpr std::chrono::days kRetry = std::chrono::days(1);   // after an answer that was none

  // All outlive this; the resolver may still answer afterwards.
  ReportedNames(kv::KeyValue const& key_value, kv::Committer& committer, dns::Resolver& resolver, Clock const& clock);

  // For upkeep: writes what was answered, asks about some more, and waits for nobody.
  Result<Turn> look_up_some();

 private:
  struct Found {
    IpAddress address;
    std::string name{};
    bool confirmed = false;
    bool failed = false;  // the DNS did not tell
  };
  // Shared with questions that are under way.
  struct State {
    std::mutex mutex;
    std::vector<Found> named;  // to be confirmed
    std::vector<Found> done;
  };

  void ask_name(IpAddress const& address);
  void confirm(Found found);
  Result<> write(std::vector<Found> const& found);
  std::int64_t now() const;

  kv::KeyValue const& key_value_;
  kv::Committer& committer_;
  dns::Resolver& resolver_;
  Clock const& clock_;
  std::shared_ptr<State> state_;
  std::map<IpAddress, std::string> under_way_;  // and the key that says that it was due
};

}  // namespace yubin::deliver
