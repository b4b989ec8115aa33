// Messages that are read before they are asked for.
//
// Most clients fetch one message after the other and say nothing more before they have the last one; so each costs a
// hand-over to the storage pool and one back, which is more than the message itself does. When a client goes on in
// order, some of the next messages are read while it takes the one it has asked for, and are then answered at once.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "pop3/maildrop.h"

namespace yubin::pop3 {

// Belongs to one session. A message that is removed by somebody else after it was read here is still given out.
class ReadAhead {
 public:
  static constexpr std::size_t kMost = 64 * 1024;  // bytes of responses that are held

  // A message was given out that was not here: whether the next ones are wanted, and which.
  void given(std::size_t number);
  bool is_wanted() const { return wanted_; }
  // Reads the next ones as far as there is room; what cannot be read shows when it is asked for. Reads the store.
  void fill(store::Store const& store, Maildrop const& maildrop);

  bool has(std::size_t number) const { return texts_.contains(number); }
  // The message as a multi-line response, without the status line; it is not held any more. Empty: it is not here.
  std::string take(std::size_t number);

 private:
  std::size_t last_ = 0;  // given out
  bool wanted_ = false;
  std::map<std::size_t, std::string> texts_;  // by the message's number
};

}  // namespace yubin::pop3
