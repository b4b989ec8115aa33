#include "pop3/session.h"

#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "pop3/command.h"
#include "pop3/context.h"

namespace yubin::pop3 {

namespace {
constexpr std::size_t kMaxSend = 64 * 1024;
}

class Session::Impl {
 public:
  Impl(Services services, Connection connection) : context_(std::move(services), connection) {}

  void receive(std::string_view bytes) {
    context_.framer.receive(bytes);
    stirred_ = true;
  }
  Event poll();
  void resume(Answer answer);
  void wake(WakeReason reason);
  bool knows_answer(std::string_view bytes) const;
  std::chrono::seconds idle_limit() const {
    Options const& options = *context_.services.options;
    return context_.maildrop ? options.idle_time : options.login_time;
  }

 private:
  bool is_waiting_for_input() const { return !task_ || std::holds_alternative<Context::Input>(context_.need); }
  std::optional<Event> blocked();
  std::optional<Event> upgrade();
  std::optional<Event> read_line();
  void start(std::string line);
  void reply(Reply const& reply);
  Event send();

  Context context_;
  std::string line_;  // of the command that runs; its arguments point into it
  std::optional<Task<Reply>> task_;

  bool greeted_ = false;
  bool asked_ = false;    // the driver has the question, or the wish for TLS
  bool stirred_ = false;  // receive() or wake() came since the task last looked
  bool ending_ = false;   // as soon as no command runs
  unsigned bad_commands_ = 0;
};

Session::Event Session::Impl::poll() {
  context_.turn_began = context_.services.clock.steady();
  // No timestamp in angle brackets, since there is no APOP (RFC 1939 section 7): it needs passwords in clear.
  if (!std::exchange(greeted_, true)) put(context_.out, ok("Yubin is ready."));
  for (;;) {
    if (context_.has_slice()) return send();
    if (ending_ && is_waiting_for_input()) {
      task_.reset();
      context_.closing = true;
    }
    if (context_.closing && !task_) {
      if (!context_.out.empty()) return send();
      return Close{};
    }
    if (context_.start_tls) {
      if (std::optional<Event> event = upgrade()) return *std::move(event);
    }
    if (!task_) {
      if (std::optional<Event> event = read_line()) return *std::move(event);
      continue;
    }
    if (std::optional<Event> event = blocked()) return *std::move(event);
    context_.go_on.resume();
    if (task_->done()) {
      Reply const result = task_->take();
      task_.reset();
      reply(result);
    }
  }
}

// What the running command waits for, unless that is fulfilled.
std::optional<Session::Event> Session::Impl::blocked() {
  Context::Need& need = context_.need;
  if (std::holds_alternative<Context::Pause>(need)) {
    if (!context_.turn_is_over()) return std::nullopt;
    return Yield{};
  }
  if (auto* completion = std::get_if<Completion>(&need)) {
    if (completion->done()) return std::nullopt;
    if (!context_.out.empty()) return send();
    return AwaitCommit{*completion};
  }
  if (std::holds_alternative<Context::Input>(need)) {
    if (std::exchange(stirred_, false)) return std::nullopt;
    if (!context_.out.empty()) return send();
    return NeedInput{};
  }
  // A question: what was said so far goes out first, then it is asked once.
  if (!context_.out.empty()) return send();
  if (std::exchange(asked_, true)) {
    asked_ = false;
    return std::nullopt;
  }
  if (auto* sasl = std::get_if<AskSasl>(&need)) return std::move(*sasl);
  return std::move(std::get<AskLogin>(need));
}

// After the reply to STLS: it goes out in clear, then the driver does the rest.
std::optional<Session::Event> Session::Impl::upgrade() {
  if (!context_.out.empty()) return send();
  if (!std::exchange(asked_, true)) {
    context_.framer.clear();
    context_.user.reset();
    return StartTls{};
  }
  asked_ = false;
  context_.start_tls = false;
  context_.connection.tls = Connection::Tls::on;
  return std::nullopt;
}

std::optional<Session::Event> Session::Impl::read_line() {
  std::optional<Framer::Line> line = context_.framer.next();
  if (!line) {
    if (!context_.out.empty()) return send();
    // While the client takes the message and asks for the next one.
    if (context_.ahead.is_wanted()) context_.ahead.fill(context_.services.store, *context_.maildrop);
    return NeedInput{};
  }
  if (auto* text = std::get_if<std::string>(&*line)) {
    start(std::move(*text));
    return std::nullopt;
  }
  switch (std::get<Framer::Flaw>(*line)) {
    case Framer::Flaw::too_long:
      context_.closing = true;
      reply(err("The line is too long."));
      break;
    case Framer::Flaw::bare_line_end:
      reply(err("A line ends in CR LF; neither stands alone."));
      break;
    case Framer::Flaw::nul:
      reply(err("A command cannot hold a NUL."));
      break;
  }
  return std::nullopt;
}

// Begins to run the command if its row permits it now.
void Session::Impl::start(std::string line) {
  line_ = std::move(line);
  std::size_t const space = line_.find(' ');
  std::string_view const name = std::string_view(line_).substr(0, space);
  bool const bare = space == std::string::npos;
  std::string_view const arguments = bare ? std::string_view() : std::string_view(line_).substr(space + 1);
  Command const* command = find_command(name);
  if (command == nullptr) return reply(err("There is no such command."));
  if (!may_come(*command, context_.state())) return reply(err("This command is not possible in this state."));
  if (command->arguments == Arguments::none && !arguments.empty()) return reply(err("This command stands alone."));
  if (command->arguments == Arguments::required && arguments.empty())
    return reply(err("Something is missing behind the command."));
  task_.emplace(command->run(context_, arguments));
  context_.need = Context::Pause{};
  context_.go_on = task_->start();
}

void Session::Impl::reply(Reply const& reply) {
  put(context_.out, reply);
  wipe(line_);  // there may have been a password in it
  line_.shrink_to_fit();
  bool const refused = reply.status == Reply::Status::err;
  if (refused) ++bad_commands_;
  // Before login nothing makes up for a refusal.
  if (!refused && context_.maildrop) bad_commands_ = 0;
  if (bad_commands_ > context_.services.options->max_bad_commands) context_.closing = true;
}

// Of one whole line that comes when nothing else is under way.
bool Session::Impl::knows_answer(std::string_view bytes) const {
  bool const is_idle = !task_ && !ending_ && !context_.closing && context_.out.empty() && context_.framer.is_empty();
  bool const is_line = bytes.ends_with("\r\n") && bytes.find('\n') == bytes.size() - 1;
  if (!is_idle || !is_line || !context_.maildrop || context_.ahead.is_wanted()) return false;
  bytes.remove_suffix(2);
  std::string_view const name = bytes.substr(0, bytes.find(' '));
  Command const* command = find_command(name);
  if (command == nullptr) return false;
  if (command->run == cmd_dele || command->run == cmd_noop) return true;
  if (command->run != cmd_retr || bytes.size() == name.size()) return false;
  auto const number = parse_number(bytes.substr(name.size() + 1));
  return number && context_.ahead.has(static_cast<std::size_t>(*number));
}

Session::Event Session::Impl::send() {
  if (context_.out.size() <= kMaxSend) return Send{std::exchange(context_.out, {})};
  Send event{context_.out.substr(0, kMaxSend)};
  context_.out.erase(0, kMaxSend);
  return event;
}

void Session::Impl::resume(Answer answer) {
  if (auto* login = std::get_if<LoginAnswer>(&answer)) context_.answer = std::move(*login);
  if (auto* challenge = std::get_if<SaslChallenge>(&answer)) context_.challenge = std::move(*challenge);
}

void Session::Impl::wake(WakeReason reason) {
  stirred_ = true;
  if (reason != WakeReason::changed) ending_ = true;
}

Session::Session(Services services, Connection connection)
    : impl_(std::make_unique<Impl>(std::move(services), connection)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

void Session::receive(std::string_view bytes) {
  impl_->receive(bytes);
}
Session::Event Session::poll() {
  return impl_->poll();
}
void Session::resume(Answer answer) {
  impl_->resume(std::move(answer));
}
void Session::wake(WakeReason reason) {
  impl_->wake(reason);
}
bool Session::knows_answer(std::string_view bytes) const {
  return impl_->knows_answer(bytes);
}
std::chrono::seconds Session::idle_limit() const {
  return impl_->idle_limit();
}

}  // namespace yubin::pop3
