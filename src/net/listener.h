// Listening sockets, and what hands their connections to the loops.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/ip_network.h"
#include "base/result.h"
#include "net/connection.h"
#include "net/descriptor.h"
#include "net/endpoint.h"
#include "net/gate.h"
#include "net/loops.h"

namespace yubin::net {

// A bound and listening socket; no thread is needed for it, so that it can be made while the process is still root.
struct ListeningSocket {
  Descriptor descriptor;
  Endpoint local;  // with the port that the kernel chose, if it was asked for port 0
};

// An IPv6 socket takes IPv6 only, so that [::]:25 and 0.0.0.0:25 are two listeners and never each other's.
// The error says in one sentence what is wrong and what to do.
Result<ListeningSocket> listen_on(Endpoint const& where);

struct ListenerSettings {
  std::shared_ptr<Gate> gate{};  // null: everybody is let in
  // What a refused peer is told before the connection is closed, with its line end. Empty: nothing, as where TLS begins
  // at once.
  std::string refusal{};
  // While the gate is full, who comes waits in the kernel's queue instead of being refused: for programs of this
  // machine, which are welcome and would only try again.
  bool wait_when_full = false;
  // Who connects from here is a proxy and sends a PROXY header; the client that it names is the peer, for the Gate too.
  // A header from anybody else is what it is: garbage.
  std::vector<IpNetwork> proxies{};
  std::chrono::seconds proxy_header{5};  // how long a proxy has for it
};

class Listener {
 public:
  // Called on the connection's loop, for several connections at the same time.
  using OnConnection = std::function<void(Connection)>;

  // Accepts on one of the loops and hands the connections to all of them in turn.
  Listener(Loops& loops, ListeningSocket socket, OnConnection on_connection, ListenerSettings settings = {});
  ~Listener();  // stops; before the loops go

  Endpoint const& local() const;

  // Closes the socket and returns when that has happened. What was accepted before is still handed over. Any thread
  // that is not a loop's.
  void stop();

 private:
  class State;
  Loops& loops_;
  std::shared_ptr<State> state_;
};

}  // namespace yubin::net
