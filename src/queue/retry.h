// When a message that could not be delivered is tried again, and when no more.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/random.h"
#include "queue/failure_class.h"

namespace yubin::queue {

struct RetryOptions {
  std::chrono::seconds first{300};           // after the first attempt; each one later waits twice as long
  std::chrono::seconds longest{4 * 3600};    // up to this
  std::chrono::seconds give_up{5 * 86'400};  // after the acceptance (RFC 5321 section 4.5.4.1: 4 to 5 days)
  std::chrono::seconds warn{4 * 3600};       // after the acceptance: the sender is told that it takes long; 0: never
};

// The wait after the attempt number `attempts`, from 1, that failed so (failure_table.h has waits of their own for
// some), up to a tenth more or less, so that what failed together does not come together.
std::chrono::seconds wait_after(RetryOptions const& options, std::uint32_t attempts, FailureClass failure,
                                Random& random);

}  // namespace yubin::queue
