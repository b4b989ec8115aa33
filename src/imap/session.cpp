#include "imap/session.h"

#include <algorithm>

#include "base/assert.h"
#include "imap/capability.h"
#include "imap/command.h"
#include "imap/compression.h"
#include "imap/context.h"
#include "imap/grammar.h"

namespace yubin::imap {

namespace {

constexpr std::size_t kMaxSend = 64 * 1024;
constexpr std::size_t kMaxCompressed = 48 * 1024;  // before it is; what cannot be compressed grows a little
// What an unknown peer can make us keep.
constexpr Framer::Limits kBeforeLogin{.text = 8 * 1024, .literals = 8 * 1024};
constexpr std::uint64_t kMaxLiteralMinus = 4096;
constexpr Framer::Limits kAfterLogin{.text = 64 * 1024, .literals = 256 * 1024};

}  // namespace

class Session::Impl {
 public:
  Impl(Services services, Connection connection) : context_(std::move(services), connection, kBeforeLogin) {}

  void receive(std::string_view bytes) {
    if (compression_) {
      compression_->receive(bytes);
    } else {
      context_.framer.receive(bytes);
      stirred_ = true;
    }
  }
  Event poll();
  void resume(Answer answer);
  void wake(WakeReason reason);
  std::chrono::seconds idle_limit() const {
    Options const& options = *context_.services.options;
    return context_.login ? options.idle_time : options.login_time;
  }

 private:
  bool is_waiting_for_input() const { return !task_ || std::holds_alternative<Context::Input>(context_.need); }
  std::optional<Event> blocked();
  std::optional<Event> upgrade();
  std::optional<Event> compress();
  std::optional<Event> read_unit();
  std::optional<Event> need_input();
  void on_literal(Framer::Literal literal);
  void on_broken(Framer::Broken const& broken);
  void start(std::string text);
  void finish();
  void reply(std::string_view tag, Reply const& reply);
  void good_bye();
  Event send();

  Context context_;
  // The command that runs: its text, into which its cursor points, and what is left of it to do.
  std::string text_;
  std::optional<Task<Reply>> task_;
  std::optional<Compression> compression_;

  bool greeted_ = false;
  bool asked_ = false;    // the driver has the question, or the wish for TLS
  bool stirred_ = false;  // receive() or wake() came since the task last looked
  std::optional<WakeReason> ending_;
  unsigned bad_commands_ = 0;
};

Session::Event Session::Impl::poll() {
  context_.turn_began = context_.services.clock.steady();
  if (!greeted_) {
    greeted_ = true;
    put_untagged(context_.out, "OK", "CAPABILITY " + capabilities(context_), "Yubin is ready.");
  }
  for (;;) {
    if (context_.has_slice()) return send();
    if (ending_ && is_waiting_for_input()) good_bye();
    if (context_.closing) {
      if (!context_.out.empty()) return send();
      return Close{};
    }
    if (context_.start_tls) {
      if (std::optional<Event> event = upgrade()) return *std::move(event);
    }
    if (context_.start_compression) {
      if (std::optional<Event> event = compress()) return *std::move(event);
    }
    if (!task_) {
      if (std::optional<Event> event = read_unit()) return *std::move(event);
      continue;
    }
    if (std::optional<Event> event = blocked()) return *std::move(event);
    context_.go_on.resume();
    if (task_->done()) finish();
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
    return need_input();
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

// After the reply to STARTTLS: it goes out in clear, then the driver does the rest.
std::optional<Session::Event> Session::Impl::upgrade() {
  if (!context_.out.empty()) return send();
  if (!std::exchange(asked_, true)) {
    context_.framer.clear();
    return StartTls{};
  }
  asked_ = false;
  context_.start_tls = false;
  context_.connection.tls = Connection::Tls::on;
  return std::nullopt;
}

// After the reply to COMPRESS, which goes out as it is. RFC 4978 section 3: until it has come the client sends nothing;
// what it sent too early is read as compressed, so that it means the same however it was cut on its way.
std::optional<Session::Event> Session::Impl::compress() {
  if (!context_.out.empty()) return send();
  compression_.emplace();
  compression_->receive(context_.framer.take_rest());
  context_.start_compression = false;
  context_.compressed = true;
  return std::nullopt;
}

std::optional<Session::Event> Session::Impl::read_unit() {
  Framer::Unit unit = context_.framer.next();
  if (auto* command = std::get_if<Framer::Command>(&unit)) {
    start(std::move(command->text));
  } else if (auto* literal = std::get_if<Framer::Literal>(&unit)) {
    on_literal(*literal);
  } else if (auto* broken = std::get_if<Framer::Broken>(&unit)) {
    on_broken(*broken);
  } else {
    return need_input();
  }
  return std::nullopt;
}

// What came compressed is understood a piece at a time, so that the framer's limits hold whatever it stands for.
std::optional<Session::Event> Session::Impl::need_input() {
  if (compression_ && compression_->has_input()) {
    if (context_.turn_is_over()) return Yield{};
    Result<std::string> const piece = compression_->inflate();
    if (!piece) {
      task_.reset();
      context_.bye("", "The compressed data cannot be read.");
      return Yield{};
    }
    context_.framer.receive(*piece);
    stirred_ = true;
    return std::nullopt;
  }
  if (!context_.out.empty()) return send();
  return NeedInput{};
}

void Session::Impl::on_literal(Framer::Literal literal) {
  Framer& framer = context_.framer;
  if (context_.login && ends_in_message(framer.text(), context_.names())) {
    std::string text(framer.text());
    framer.pass_through(literal);
    start(std::move(text));
    return;
  }
  // Before login LITERAL- is announced, and with it 4096 bytes at most (RFC
  // 7888 section 5).
  bool const too_large_unasked = !context_.login && !literal.synchronizing && literal.size > kMaxLiteralMinus;
  if (framer.fits(literal) && !too_large_unasked) {
    if (literal.synchronizing) context_.out += "+ Ready for the literal.\r\n";
    framer.collect(literal);
    return;
  }
  // RFC 7888 section 4: what is not waited for cannot be refused, only read or cut off.
  if (!literal.synchronizing) return context_.bye("TOOBIG", "The literal is too large.");
  Cursor cursor(framer.text());
  std::string tag_text = tag(cursor).value_or("*");
  framer.abandon();
  reply(tag_text, no("TOOBIG", "The literal is too large."));
}

void Session::Impl::on_broken(Framer::Broken const& broken) {
  Cursor cursor(broken.text);
  std::string tag_text = tag(cursor).value_or("*");
  switch (broken.flaw) {
    case Framer::Flaw::too_long:
      return context_.bye("TOOBIG", "The command is too long.");
    case Framer::Flaw::bare_line_end:
      return reply(tag_text, bad("A line ends in CR LF; neither stands alone."));
    case Framer::Flaw::nul:
      return reply(tag_text, bad("A command cannot hold a NUL."));
  }
}

// Reads tag and name, and begins to run the command if its row permits it now.
void Session::Impl::start(std::string text) {
  text_ = std::move(text);
  Cursor cursor(text_, context_.names());
  Result<std::string> read_tag = tag(cursor);
  if (!read_tag) return reply("*", bad_syntax(read_tag.error()));
  context_.tag = *std::move(read_tag);
  if (!cursor.skip(" ")) return reply(context_.tag, bad("A command is missing."));
  Command const* command = command_name(cursor);
  if (command == nullptr) return reply(context_.tag, bad("There is no such command."));
  if ((command->states & static_cast<unsigned>(context_.state())) == 0)
    return reply(context_.tag, bad("This command is not possible in this state."));
  task_.emplace(run_command(context_, *command, cursor));
  context_.need = Context::Pause{};
  context_.go_on = task_->start();
}

void Session::Impl::finish() {
  Reply result = task_->take();
  task_.reset();
  YUBIN_ASSERT(context_.framer.passing() == 0 || context_.closing);
  if (!context_.closing) reply(context_.tag, result);
  if (context_.login) context_.framer.set_limits(kAfterLogin);
  if (context_.logged_out) context_.closing = true;
}

void Session::Impl::reply(std::string_view tag, Reply const& reply) {
  put_tagged(context_.out, tag, reply);
  wipe(text_);  // there may have been a password in it
  text_.shrink_to_fit();
  // Before login a refusal counts too, and nothing makes up for it.
  bool is_bad = reply.status == Reply::Status::bad || (!context_.login && reply.status == Reply::Status::no);
  if (is_bad) ++bad_commands_;
  if (!is_bad && context_.login) bad_commands_ = 0;
  if (bad_commands_ > context_.services.options->max_bad_commands) context_.bye("", "Too many wrong commands.");
}

void Session::Impl::good_bye() {
  task_.reset();
  if (context_.closing) return;
  if (*ending_ == WakeReason::shutdown) return context_.bye("UNAVAILABLE", "The server is stopping.");
  context_.bye("", context_.login ? "You were idle for too long." : "You took too long to log in.");
}

Session::Event Session::Impl::send() {
  if (compression_) {
    std::size_t const length = std::min(context_.out.size(), kMaxCompressed);
    Send event{compression_->deflate(std::string_view(context_.out).substr(0, length))};
    context_.out.erase(0, length);
    return event;
  }
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
  if (reason != WakeReason::changed) ending_ = reason;
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
std::chrono::seconds Session::idle_limit() const {
  return impl_->idle_limit();
}

}  // namespace yubin::imap
