// Identifiers that no other server of a cluster makes, in the order in which they were made.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace yubin {

// 16 bytes: microseconds since 1970 (8), node (2), counter (6), each big-endian, so that byte order is order of making.
class UniqueId {
 public:
  static constexpr std::size_t kSize = 16;

  constexpr UniqueId() = default;
  constexpr UniqueId(std::uint64_t high, std::uint64_t low) : high_(high), low_(low) {}

  std::string bytes() const;  // the 16 bytes, for keys
  static Result<UniqueId> from_bytes(std::string_view bytes);

  // For people: 26 characters of [0-9a-v] (base 32 with the order kept); parse() takes either case.
  std::string text() const;
  static Result<UniqueId> parse(std::string_view text);

  std::uint64_t high() const { return high_; }
  std::uint64_t low() const { return low_; }
  WallTime time() const { return WallTime(std::chrono::microseconds(static_cast<std::int64_t>(high_))); }

  friend constexpr auto operator<=>(UniqueId const&, UniqueId const&) = default;

 private:
  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
};

// Makes them. Within one process never the same twice and always rising, even when the clock jumps back; after a
// restart the counter begins at a random place, so a clock that went back does not repeat the past. Any thread.
class UniqueIds {
 public:
  UniqueIds(Clock const& clock, std::uint16_t node, std::uint64_t first_counter)
      : clock_(clock), node_(node), counter_(first_counter & kCounterMask) {}
  UniqueId next();

 private:
  static constexpr std::uint64_t kCounterMask = (std::uint64_t{1} << 48) - 1;

  Clock const& clock_;
  std::uint16_t const node_;
  std::mutex mutex_;
  std::uint64_t counter_;
  std::uint64_t last_time_ = 0;
};

}  // namespace yubin

template <>
struct std::hash<yubin::UniqueId> {
  std::size_t operator()(yubin::UniqueId const& id) const {
    return static_cast<std::size_t>(id.high() * 0x9e3779b97f4a7c15 ^ id.low());
  }
};
