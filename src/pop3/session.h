// The server's side of one POP3 connection (RFC 1939, with the extensions of RFC 2449): bytes in, events out; no
// socket. It reads the store synchronously, so its poll() belongs on the storage pool; the one change that it makes, at
// QUIT, it awaits by AwaitCommit.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/sasl.h"
#include "base/secret.h"
#include "base/session.h"
#include "pop3/uidl_format.h"
#include "store/types.h"

namespace yubin::store {
class Store;
}

namespace yubin::pop3 {

struct Options {
  bool allow_cleartext = false;                               // login without TLS
  std::vector<std::string> mechanisms{"PLAIN", "LOGIN"};      // of SASL, in upper case, the best first
  UidlFormat uidl;                                            // what UIDL says of a message
  unsigned max_bad_commands = 20;                             // in a row; the next one closes the connection
  std::chrono::seconds login_time{60};                        // to log in
  std::chrono::seconds idle_time = std::chrono::minutes(10);  // RFC 1939 section 3: at least 10 minutes
};

struct Connection {
  enum class Tls { none, offered, on };  // offered: STLS is possible
  Tls tls = Tls::none;
};

// Who is this? Answered with a LoginAnswer. `user` is what the client sent: not checked, any bytes; quote it.
struct AskLogin {
  std::string user;
  Secret password;
};
struct LoggedIn {
  store::AccountId account;
};
struct LoginRefused {
  enum class Why { wrong, unavailable, malformed };  // [AUTH], [SYS/TEMP] (RFC 3206); malformed: no code
  Why why = Why::wrong;
  std::string text;  // one ASCII sentence for the client
};
using LoginAnswer = std::variant<LoginRefused, LoggedIn>;

// Calls as base/session.h has them; not thread-safe, no two at once. May be moved.
//
// - AskLogin is answered by resume(LoginAnswer), AskSasl by that or resume(SaslChallenge), AwaitCommit and StartTls by
//   resume(Done{}) or by destroying the session.
// - Nothing is changed before QUIT: a session that is destroyed, woken by deadline or shutdown, or that closes because
//   of too many wrong commands removes no message (RFC 1939 section 6).
// - wake(deadline) and wake(shutdown) close without a word, for POP3 has none that no command asked for.
// - Send holds at most 64 KiB. A client that does not read costs one slice of output, 112 KiB at most.
// - Memory before login: under 1 KiB, and 8 KiB of an unfinished line, what one receive() brought and the replies to it
//   while they are being sent. After login: 16 bytes for each message of the maildrop, and 64 KiB of messages that are
//   read ahead for who fetches one after the other.
class Session {
 public:
  static constexpr bool kReadsStore = true;

  using Event = std::variant<NeedInput, Send, AskLogin, AskSasl, AwaitCommit, StartTls, Yield, Close>;
  using Answer = std::variant<Done, LoginAnswer, SaslChallenge>;

  // All outlive the session.
  struct Services {
    store::Store& store;
    Clock const& clock;
    std::shared_ptr<Options const> options;
  };
  Session(Services services, Connection connection);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  void receive(std::string_view bytes);
  Event poll();
  void resume(Answer answer);
  void wake(WakeReason reason);

  // Whether poll() reads nothing from the store after receive(bytes) until it wants input again.
  bool knows_answer(std::string_view bytes) const;

  // How long the driver waits for input in the present state before it wakes with `deadline`.
  std::chrono::seconds idle_limit() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace yubin::pop3
