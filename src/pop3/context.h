// What a running command sees of its session, and the ways in which it may wait.
#pragma once

#include <coroutine>
#include <optional>
#include <string>
#include <variant>

#include "base/completion.h"
#include "base/task.h"
#include "pop3/framer.h"
#include "pop3/maildrop.h"
#include "pop3/read_ahead.h"
#include "pop3/reply.h"
#include "pop3/session.h"
#include "store/store.h"

namespace yubin::pop3 {

// RFC 1939 section 3. UPDATE is no state of its own: QUIT does it.
enum class State { authorization, transaction };

// Belongs to one session, at one address for its life; used only inside its poll().
class Context {
 public:
  static constexpr std::size_t kSlice = 48 * 1024;  // bytes of output that are sent before more is made
  static constexpr std::chrono::milliseconds kTurn{5};

  Context(Session::Services given, Connection connected) : services(std::move(given)), connection(connected) {}

  // What a command waits for. Input: that receive() or wake() is called.
  struct Pause {};
  struct Input {};
  using Need = std::variant<Pause, Input, Completion, AskLogin, AskSasl>;

  // co_await context.wait(need): poll() returns the event that tells of it, and goes on here when it is fulfilled.
  struct Wait {
    Context& context;
    Need need;
    bool ready = false;
    bool await_ready() const noexcept { return ready; }
    void await_suspend(std::coroutine_handle<> here) {
      context.need = std::move(need);
      context.go_on = here;
    }
    void await_resume() const noexcept {}
  };
  Wait wait(Need what) { return Wait{*this, std::move(what)}; }
  // Goes on at once unless there is a slice of output to send, or the turn is over.
  Wait pause() { return Wait{*this, Pause{}, !has_slice() && !turn_is_over()}; }

  // RFC 2595 section 2.2: no password goes over a line that others can read.
  bool may_log_in() const { return connection.tls == Connection::Tls::on || services.options->allow_cleartext; }

  bool has_slice() const { return out.size() >= kSlice; }
  bool turn_is_over() const { return services.clock.steady() - turn_began > kTurn; }

  State state() const { return maildrop ? State::transaction : State::authorization; }

  Session::Services services;
  Connection connection;
  Framer framer;
  std::string out;                   // not sent yet
  std::optional<std::string> user;   // of USER, until PASS
  std::optional<Maildrop> maildrop;  // after login
  ReadAhead ahead;
  bool start_tls = false;  // upgrade after the reply
  bool closing = false;    // close after `out`

  // Between a command and its session.
  Need need = Input{};
  std::coroutine_handle<> go_on;
  SteadyTime turn_began;
  std::optional<LoginAnswer> answer;       // to AskLogin, or the last one to AskSasl
  std::optional<SaslChallenge> challenge;  // to AskSasl
};

// One line that is no command. Errc::syntax if it has a flaw; one that is too long closes the connection.
Task<Result<std::string>> next_line(Context& context);

}  // namespace yubin::pop3
