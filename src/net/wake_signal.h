// The Waker of a connection: remembers reasons until the session takes them, and interrupts its wait for input.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/session.h"
#include "net/loops.h"

namespace yubin::net {

class WakeSignal final : public Waker, public std::enable_shared_from_this<WakeSignal> {
 public:
  // `arrived` is called on the loop's thread when reasons have come, until detach().
  WakeSignal(Loop& loop, std::move_only_function<void()> arrived) : loop_(&loop), arrived_(std::move(arrived)) {}

  // Posts to the loop only when no reason waits already, so a thousand changes in a row are one message.
  void wake(WakeReason reason) override;

  // For the loop's thread:
  bool pending() const;
  std::optional<WakeReason> take();  // the most urgent
  void detach();                     // the connection goes; wake() does nothing from now on

 private:
  void arrive();

  mutable std::mutex mutex_;
  Loop* loop_;  // null when detached
  std::uint8_t reasons_ = 0;
  std::move_only_function<void()> arrived_;
};

}  // namespace yubin::net
