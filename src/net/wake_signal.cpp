#include "net/wake_signal.h"

#include <array>

namespace yubin::net {
namespace {

constexpr std::array kByUrgency{WakeReason::shutdown, WakeReason::deadline, WakeReason::changed};

std::uint8_t bit(WakeReason reason) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(reason));
}

}  // namespace

void WakeSignal::wake(WakeReason reason) {
  // The loop outlives its connections, and the lock keeps this one from going while we post.
  std::lock_guard lock(mutex_);
  if (loop_ == nullptr) return;
  bool const first = reasons_ == 0;
  reasons_ |= bit(reason);
  if (first) loop_->post([self = shared_from_this()] { self->arrive(); });
}

bool WakeSignal::pending() const {
  std::lock_guard lock(mutex_);
  return reasons_ != 0;
}

std::optional<WakeReason> WakeSignal::take() {
  std::lock_guard lock(mutex_);
  for (WakeReason reason : kByUrgency) {
    if ((reasons_ & bit(reason)) == 0) continue;
    reasons_ = static_cast<std::uint8_t>(reasons_ & ~bit(reason));
    return reason;
  }
  return std::nullopt;
}

void WakeSignal::detach() {
  std::lock_guard lock(mutex_);
  loop_ = nullptr;
  reasons_ = 0;
}

// The session may have taken the reasons meanwhile, or have gone: then there is nothing to interrupt.
void WakeSignal::arrive() {
  if (pending()) arrived_();
}

}  // namespace yubin::net
