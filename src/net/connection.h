// One connection: a non-blocking socket, read and written in clear or through TLS on the same descriptor.
//
// It belongs to one loop, and all of it is for that loop's thread, except what the Waker and write_now() do. It holds
// no buffer: what is read goes into the loop's, what is written is the caller's. At most one of its tasks may be under
// way at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/session.h"
#include "net/descriptor.h"
#include "net/endpoint.h"
#include "net/gate.h"
#include "net/task.h"
#include "tls/client_context.h"
#include "tls/context.h"

namespace yubin::net {

// What ended a wait for input.
enum class Ready {
  bytes,  // read() has something
  woken,  // take_wake() tells why
  gone,   // the connection is over
};

// Why a connection came to its end.
enum class Ending {
  closed,      // the session closed it
  peer_gone,   // the peer closed it, or the network broke
  stalled,     // the peer took nothing of what we sent for too long
  tls_failed,  // no TLS came about
  aborted,     // the server stopped and the grace was over
  failed,      // our own exception; the log tells
};
std::string_view to_string(Ending ending);

class Connection {
 public:
  // `socket` is connected and non-blocking. On the loop's thread.
  Connection(Loop& loop, Descriptor socket, Endpoint peer, Endpoint local, Gate::Admission admission = {});
  Connection(Connection&& other) noexcept;
  ~Connection();

  std::uint64_t id() const;  // unique in this process; for the log
  Loop& loop() const;
  Endpoint const& peer() const;  // the client, also behind a proxy that told
  Endpoint const& local() const;
  std::optional<unsigned> user() const;   // who has connected by a socket of the file system: the kernel says so
  std::optional<tls::Facts> tls() const;  // empty while it speaks in clear
  Ending ending() const;                  // after something said that it is gone

  // Before the session begins: reads the header that a proxy sends (net/proxy_header.h), and is from then on between
  // the ends that it tells. Nothing behind it is read. The error is for the log.
  Task<Result<>> take_proxy_header(std::chrono::seconds limit);
  // The connection counts at a Gate until it goes.
  void admit(Gate::Admission admission);
  // The peer has logged in.
  void authenticated();
  // The peer has not, and the service has so many of its kind that it should be brief.
  bool pressed() const;

  // Wakes a wait for input, also one to come. It may be kept and called after the connection has gone.
  std::shared_ptr<Waker> waker() const;

  // Until there is something to read, a wake-up, or `due` (which wakes with WakeReason::deadline).
  Task<Ready> readable_or_woken(SteadyTime due);
  // One reason a time, the most urgent first; empty if there is none.
  std::optional<WakeReason> take_wake();
  // What has come, at most a loop's buffer full. Good until this thread reads again, so before the next co_await.
  // Empty: nothing yet (part of a TLS record). No value: the connection is over.
  std::optional<std::string_view> read();

  // True when the kernel has taken all of `bytes`. False when the connection is over; it is also when the peer takes
  // nothing for as long as `stall`, or less than kSlowest for longer than that.
  Task<bool> write(std::string bytes, std::chrono::seconds stall);
  // Writes what the kernel takes at once and returns how much that was; never waits. Any thread, while no task of the
  // connection is under way and the loop's thread waits for the caller. What is wrong shows at the next write().
  std::size_t write_now(std::string_view bytes);

  // Becomes TLS, as the server. Nothing read before is fed to it and nothing is kept here; what the peer sent in clear
  // behind the command makes the handshake fail (RFC 3207 section 4.2). False: the connection is over.
  Task<bool> start_tls(std::shared_ptr<tls::Context const> context, std::chrono::seconds limit);

  // Becomes TLS, as the client that wants `server_name`. When it fails, tls_failure() says why.
  Task<bool> start_tls(std::shared_ptr<tls::ClientContext const> context, std::string server_name,
                       std::chrono::seconds limit);
  // Why no TLS came about, in words; empty: it did, or was not tried.
  std::string const& tls_failure() const;

  // Ends it in order: tells the peer that nothing more comes, and reads and forgets what it still sends, for at most
  // `linger`. Without that a peer that is still sending would lose our last reply to a reset.
  Task<> close(std::chrono::milliseconds linger);

 private:
  class State;
  std::unique_ptr<State> state_;
};

// Bytes per second below which a peer is not slow but holds us up (a modem of 1985 did 300 bit/s).
inline constexpr std::int64_t kSlowest = 32;

}  // namespace yubin::net
