// Connections on a unix socket, each with the user who made it: the kernel says so, nobody needs to log in.
#pragma once

#include <functional>
#include <memory>

#include "net/connection.h"
#include "net/listener.h"
#include "net/loops.h"

namespace yubin::net {

class UnixListener {
 public:
  // Connections at a time; more wait in the kernel's queue.
  static constexpr std::size_t kMost = 200;

  // Called on the connection's loop, for several connections at the same time. `done` is kept until the connection is
  // over; then the next one may come.
  using OnConnection = std::function<void(Connection, unsigned user, std::shared_ptr<void> done)>;

  UnixListener(Loops& loops, ListeningSocket socket, OnConnection on_connection);
  ~UnixListener();  // stops; before the loops go
  UnixListener(UnixListener const&) = delete;

 private:
  class State;
  Loops& loops_;
  std::shared_ptr<State> state_;
};

}  // namespace yubin::net
