// The server's side of one IMAP connection (RFC 3501, with what RFC 9051 makes clearer): bytes in, events out; no
// socket. It reads the store synchronously, so its poll() belongs on the storage pool; changes it awaits by
// AwaitCommit.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/sasl.h"
#include "base/secret.h"
#include "base/session.h"
#include "store/types.h"

namespace yubin::store {
class Store;
}

namespace yubin::imap {

struct Options {
  bool allow_cleartext = false;                               // login without TLS
  std::vector<std::string> mechanisms{"PLAIN", "LOGIN"};      // of SASL, in upper case, the best first
  std::uint64_t max_message = 50 * 1024 * 1024;               // bytes of one APPEND
  unsigned max_bad_commands = 20;                             // in a row; then BYE
  std::chrono::seconds login_time{60};                        // to log in
  std::chrono::seconds idle_time = std::chrono::minutes(30);  // RFC 9051 section 5.4: at least 30 minutes
};

struct Connection {
  enum class Tls { none, offered, on };  // offered: STARTTLS is possible
  Tls tls = Tls::none;
};

// Who is this? Answered with a LoginAnswer. `user` is what the client sent: not checked, any bytes; quote it.
struct AskLogin {
  std::string user;
  Secret password;
};
struct LoggedIn {
  store::AccountId account;
  std::string address;  // as the account is called
};
struct LoginRefused {
  // AUTHENTICATIONFAILED, UNAVAILABLE, LIMIT (RFC 5530 section 3); malformed: BAD, for what no mechanism reads
  enum class Why { wrong, unavailable, limit, malformed };
  Why why = Why::wrong;
  std::string text;  // one ASCII sentence for the client
};
using LoginAnswer = std::variant<LoginRefused, LoggedIn>;

// Calls as base/session.h has them; not thread-safe, no two at once. May be moved.
//
// - AskLogin is answered by resume(LoginAnswer), AskSasl by that or resume(SaslChallenge), AwaitCommit and StartTls by
//   resume(Done{}) or by destroying the session.
// - wake(deadline) and wake(shutdown) say BYE, then Close; a command that runs is finished first. wake(changed) is for
//   IDLE: the session subscribes its waker there, and only there.
// - Send holds at most 64 KiB. A client that does not read costs one slice of output, 112 KiB at most.
// - After COMPRESS both directions are compressed here; the driver knows nothing of it. 80 KB more (compression.h).
// - Memory before login: under 1 KiB, and 8 KiB of an unfinished command, 8 KiB of its literals, what one receive()
//   brought, and 64 KiB of replies while they are being sent. After login, idle: under 1 KiB and 4 bytes for each
//   message of the selected mailbox.
class Session {
 public:
  static constexpr bool kReadsStore = true;

  using Event = std::variant<NeedInput, Send, AskLogin, AskSasl, AwaitCommit, StartTls, Yield, Close>;
  using Answer = std::variant<Done, LoginAnswer, SaslChallenge>;

  // All outlive the session; the waker is this session's own.
  struct Services {
    store::Store& store;
    Clock const& clock;
    std::shared_ptr<Options const> options;
    std::shared_ptr<Waker> waker;
  };
  Session(Services services, Connection connection);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  void receive(std::string_view bytes);
  Event poll();
  void resume(Answer answer);
  void wake(WakeReason reason);

  // How long the driver waits for input in the present state before it wakes with `deadline`.
  std::chrono::seconds idle_limit() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace yubin::imap
