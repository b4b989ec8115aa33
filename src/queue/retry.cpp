#include "queue/retry.h"

#include <algorithm>

#include "queue/failure_table.h"

namespace yubin::queue {

std::chrono::seconds wait_after(RetryOptions const& options, std::uint32_t attempts, FailureClass failure,
                                Random& random) {
  auto const* own = std::ranges::find_if(
      kWaits, [&](FailureWait const& one) { return one.failure == failure && attempts <= one.attempts; });
  std::chrono::seconds base = options.first;
  if (own != kWaits.end()) {
    base = own->wait;
  } else {
    for (std::uint32_t i = 1; i < attempts && base < options.longest; ++i) base *= 2;
  }
  base = std::min(base, options.longest);
  auto const tenth = std::max<std::int64_t>(base.count() / 10, 1);
  auto const spread = static_cast<std::int64_t>(random.u64() % static_cast<std::uint64_t>(2 * tenth + 1)) - tenth;
  return std::max(base + std::chrono::seconds(spread), std::chrono::seconds(1));
}

}  // namespace yubin::queue
