// Another resolver, and how it does: for status pages.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "dns/resolver.h"

namespace yubin::dns {

struct Health {
  std::uint64_t asked = 0;     // since the start, as the others
  std::uint64_t answered = 0;  // also with "there is none"
  std::uint64_t failed = 0;    // temporary
  std::uint64_t bogus = 0;
  std::string last_failure{};  // "example.org MX: timeout"; of the last one of either kind
  std::optional<WallTime> failed_at{};
  unsigned failed_in_a_row = 0;  // temporary ones; nothing was answered since
};

class WatchedResolver final : public Resolver {
 public:
  // The clock outlives this.
  WatchedResolver(std::unique_ptr<Resolver> inner, Clock const& clock) : clock_(clock), inner_(std::move(inner)) {}

  void look_up(Question question, Callback done) override;
  Health health() const;  // any thread

 private:
  void note(Question const& question, Answer const& answer);

  Clock const& clock_;
  mutable std::mutex mutex_;
  Health health_;
  std::unique_ptr<Resolver> const inner_;  // goes first: until then it answers what waits
};

// "MX"
std::string_view to_string(RecordType type);

}  // namespace yubin::dns
