// Where work that may block or take long is run: an interface, so that tests run it at once or by hand.
#pragma once

#include <functional>

namespace yubin {

// Delivery goes before reading: a mailbox that is being searched never holds up new mail.
enum class Lane { delivery, reading };

class Executor {
 public:
  virtual ~Executor() = default;
  // Runs `task` once, later or at once, on a thread of the executor's choice. Any thread may call. `task` must not
  // throw.
  virtual void post(Lane lane, std::move_only_function<void()> task) = 0;
};

// Runs everything at once on the caller's thread.
class InlineExecutor final : public Executor {
 public:
  void post(Lane, std::move_only_function<void()> task) override { task(); }
};

}  // namespace yubin
