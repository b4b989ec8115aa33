// Which password is verified next, when more wait than there are threads. Plain data; its owner locks.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "auth/network.h"
#include "base/result.h"

namespace yubin::auth {

// Somebody logged in from this network not long ago, or not.
enum class Standing { known, unknown };

// Networks take turns, one task each, so a flood from one delays another by one task. Known networks go before the
// others, but after four of theirs one of the others has its turn.
class FairQueue {
 public:
  using Task = std::move_only_function<void()>;
  // Counted for each standing, so that a flood from everywhere leaves room for the known. A task is some 500 bytes and
  // 30 ms of a core.
  struct Limits {
    std::size_t all;
    std::size_t per_network;
  };
  struct Options {
    // An office behind one address, all of it at once after a restart; a mail program waits half a minute at least.
    Limits known{.all = 8192, .per_network = 1024};
    Limits unknown{.all = 1024, .per_network = 64};
  };

  explicit FairQueue(Options options) : options_(options) {}

  // Errc::limit: too many wait already; `task` is dropped.
  Result<> push(Network const& network, Standing standing, Task task);
  std::optional<Task> pop();
  bool empty() const { return known_.size == 0 && unknown_.size == 0; }

 private:
  struct Turns {
    std::unordered_map<std::string, std::deque<Task>> waiting;  // by network; none is empty
    std::deque<std::string> next;                               // networks in the order of their turns
    std::size_t size = 0;                                       // tasks

    Task pop();
  };

  Options const options_;
  Turns known_;
  Turns unknown_;
  int known_in_a_row_ = 0;
};

}  // namespace yubin::auth
