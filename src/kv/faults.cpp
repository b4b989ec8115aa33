#include "kv/faults.h"

namespace yubin::kv {

void Faults::arm(std::uint64_t nth, FaultMode mode, std::uint64_t count) {
  std::lock_guard lock(mutex_);
  armed_ = true;
  skip_ = nth;
  count_ = count;
  failed_ = 0;
  mode_ = mode;
}

void Faults::disarm() {
  std::lock_guard lock(mutex_);
  armed_ = false;
}

void Faults::set_error(Error error) {
  std::lock_guard lock(mutex_);
  error_ = std::move(error);
}

std::uint64_t Faults::failed() const {
  std::lock_guard lock(mutex_);
  return failed_;
}

std::optional<FaultMode> Faults::next_call() {
  std::lock_guard lock(mutex_);
  if (!armed_ || count_ == 0) return std::nullopt;
  if (skip_ > 0) {
    --skip_;
    return std::nullopt;
  }
  if (count_ != kForever) --count_;
  ++failed_;
  return mode_;
}

Error Faults::error() const {
  std::lock_guard lock(mutex_);
  return error_;
}

}  // namespace yubin::kv
