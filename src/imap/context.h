// What a running command sees of its session, and the ways in which it may wait.
#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/completion.h"
#include "base/task.h"
#include "imap/framer.h"
#include "imap/response.h"
#include "imap/session.h"
#include "imap/view.h"
#include "store/store.h"

namespace yubin::imap {

// RFC 9051 section 3; logout is when the session says Close. Bits, so that a row can name several.
enum class State : unsigned { not_authenticated = 1, authenticated = 2, selected = 4 };

// What the client has said that it understands (RFC 5161, RFC 7162 section 3.1).
struct Enabled {
  bool condstore = false;
  bool qresync = false;
  bool utf8 = false;  // UTF8=ACCEPT (RFC 6855)
  bool rev2 = false;  // IMAP4rev2
};

// Belongs to one session, at one address for its life; used only inside its poll().
class Context {
 public:
  static constexpr std::size_t kSlice = 48 * 1024;  // bytes of output that are sent before more is made
  static constexpr std::chrono::milliseconds kTurn{5};

  Context(Session::Services given, Connection connected, Framer::Limits limits)
      : services(std::move(given)), connection(connected), framer(limits) {}

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

  // RFC 9051 section 6.2.3: no password goes over a line that others can read.
  bool may_log_in() const { return connection.tls == Connection::Tls::on || services.options->allow_cleartext; }

  bool has_slice() const { return out.size() >= kSlice; }
  bool turn_is_over() const { return services.clock.steady() - turn_began > kTurn; }

  State state() const {
    if (!login) return State::not_authenticated;
    return view ? State::selected : State::authenticated;
  }
  store::AccountId account() const { return login->account; }
  NameForm names() const { return enabled.utf8 || enabled.rev2 ? NameForm::utf8 : NameForm::mutf7; }

  // Says good-bye; the session closes when that is sent, and no tagged reply follows.
  void bye(std::string_view code, std::string_view text) {
    put_untagged(out, "BYE", code, text);
    closing = true;
  }
  // Closes without a word: the output stands inside a literal that cannot be finished.
  void cut_off() { closing = true; }

  Session::Services services;
  Connection connection;
  Framer framer;
  std::string out;  // not sent yet
  std::optional<LoggedIn> login;
  std::optional<View> view;
  Enabled enabled;
  std::string tag;                 // of the command that runs
  bool logged_out = false;         // close after the reply
  bool start_tls = false;          // upgrade after the reply
  bool start_compression = false;  // after the reply
  bool compressed = false;         // RFC 4978: both directions
  bool closing = false;            // close after `out`
  bool holds_expunges = false;     // the command that runs named messages by number

  // Between a command and its session.
  Need need = Input{};
  std::coroutine_handle<> go_on;
  SteadyTime turn_began;
  std::optional<LoginAnswer> answer;       // to AskLogin, or the last one to AskSasl
  std::optional<SaslChallenge> challenge;  // to AskSasl
};

// The ticket's result, when it is durable.
template <class T>
Task<Result<T>> committed(Context& context, store::Ticket<T> ticket) {
  if (!ticket.done()) co_await context.wait(ticket.completion());
  co_return ticket.take();
}

// One line that is no command. Errc::syntax if it has a flaw; one that is too long closes the connection.
Task<Result<std::string>> next_line(Context& context);
// The same as far as it has come; none: not complete yet.
std::optional<Result<std::string>> find_line(Context& context);

}  // namespace yubin::imap
