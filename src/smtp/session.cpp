#include "smtp/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "smtp/command.h"

namespace yubin::smtp {

namespace {

// Replies that may wait are held up to here, so that a slow question does not keep many of them from the client.
constexpr std::size_t kMaxHeld = 1024;

bool is_control(char c) {
  return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f;
}

// What the client got wrong by itself. Refused mail is not an error of the dialogue, and neither is 503: a client that
// pipelines has sent its RCPTs before it learns that its MAIL was refused.
bool is_protocol_error(Reply const& reply) {
  return reply.code() == 500 || reply.code() == 501 || reply.code() == 502 || reply.code() == 555;
}

}  // namespace

// RFC 5321 section 4.1.4: which command may come when.
Session::Command const Session::commands[] = {
    {"EHLO", kAnyState, &Session::on_ehlo, Sending::at_once},
    {"HELO", kAnyState, &Session::on_helo, Sending::at_once},
    {"MAIL", kGreeted, &Session::on_mail, Sending::may_wait},
    {"RCPT", kMail | kRcpt, &Session::on_rcpt, Sending::may_wait},
    {"DATA", kMail | kRcpt, &Session::on_data, Sending::at_once},
    {"RSET", kAnyState, &Session::on_rset, Sending::may_wait},
    {"NOOP", kAnyState, &Session::on_noop, Sending::at_once},
    {"QUIT", kAnyState, &Session::on_quit, Sending::at_once},
    {"VRFY", kAnyState, &Session::on_vrfy, Sending::at_once},
    {"EXPN", kAnyState, &Session::on_unimplemented, Sending::at_once},
    {"HELP", kAnyState, &Session::on_help, Sending::at_once},
    {"STARTTLS", kAnyState, &Session::on_starttls, Sending::at_once},
    // A web browser sent here by somebody else's page would have its request's body taken for commands.
    {"GET", kAnyState, &Session::on_http, Sending::at_once},
    {"HEAD", kAnyState, &Session::on_http, Sending::at_once},
    {"POST", kAnyState, &Session::on_http, Sending::at_once},
    {"PUT", kAnyState, &Session::on_http, Sending::at_once},
    {"PATCH", kAnyState, &Session::on_http, Sending::at_once},
    {"DELETE", kAnyState, &Session::on_http, Sending::at_once},
    {"OPTIONS", kAnyState, &Session::on_http, Sending::at_once},
    {"CONNECT", kAnyState, &Session::on_http, Sending::at_once},
    {"TRACE", kAnyState, &Session::on_http, Sending::at_once},
};

Session::Command const* Session::find_command(std::string_view verb) {
  auto found = std::ranges::find_if(commands, [&](Command const& c) { return iequals(c.verb, verb); });
  return found == std::end(commands) ? nullptr : &*found;
}

Session::Session(std::shared_ptr<Options const> options, Tls tls)
    : options_(std::move(options)), tls_(tls), lines_(options_->line_limit) {
  static_assert(sizeof(Session) < 1024, "session.h promises this");
}

void Session::receive(std::string_view bytes) {
  // RFC 3207 section 4.2: what comes between STARTTLS and the handshake is not protected and must not count.
  if (phase_ == Phase::upgrade || phase_ == Phase::closing) return;
  input_.append(bytes);
}

Session::Event Session::poll() {
  YUBIN_ASSERT(std::holds_alternative<std::monostate>(pending_));
  for (;;) {
    if (!output_.empty() && (flush_ || output_.size() > kMaxHeld)) {
      flush_ = false;
      return Send{std::exchange(output_, {})};
    }
    if (auto event = step()) return std::move(*event);
  }
}

std::optional<Session::Event> Session::step() {
  switch (phase_) {
    case Phase::greeting:
      phase_ = Phase::command;
      // RFC 5321 section 4.2: Greeting = "220 " ( Domain / address-literal ) [ SP textstring ]
      answer(Reply::plain(220, {fmt::format("{} ESMTP {}", options_->host_name, options_->banner)}), Sending::at_once);
      return {};
    case Phase::command:
      return command_step();
    case Phase::data:
      return data_step();
    case Phase::upgrade:
      pending_ = UpgradePending{};
      return StartTls{};
    case Phase::closing:
      return Close{};
  }
  std::unreachable();
}

std::optional<Session::Event> Session::command_step() {
  if (woken_ == WakeReason::deadline) {
    say_good_bye({421, {4, 4, 2}, fmt::format("{} timeout, closing", options_->host_name)});
    return {};
  }
  if (woken_ == WakeReason::shutdown) {
    say_good_bye({421, {4, 3, 2}, fmt::format("{} is shutting down, closing", options_->host_name)});
    return {};
  }
  auto unit = lines_.next(input_);
  if (auto* line = std::get_if<LineFramer::Line>(&unit)) return run(line->text);
  if (std::holds_alternative<Skipped>(unit)) return Yield{};
  if (std::holds_alternative<NeedMore>(unit)) return need_input();
  bool const too_long = std::get<LineFramer::Fault>(unit) == LineFramer::Fault::too_long;
  answer({500, {5, 5, 2}, too_long ? "Line too long" : "Lines end in CR LF, not in a bare CR or LF"}, Sending::at_once);
  return {};
}

std::optional<Session::Event> Session::need_input() {
  // RFC 2920 section 3.2: nothing is held back once all that was received is worked off.
  if (!output_.empty()) {
    flush_ = true;
    return {};
  }
  if (phase_ == Phase::command) input_.release();
  return NeedInput{};
}

unsigned Session::state() const {
  if (!hello_) return kConnected;
  if (!transaction_.is_open()) return kGreeted;
  return transaction_.recipient_count() == 0 ? kMail : kRcpt;
}

std::optional<Session::Event> Session::run(std::string_view line) {
  if (std::ranges::any_of(line, is_control)) {
    answer({500, {5, 5, 2}, "Control character in the command line"}, Sending::at_once);
    return {};
  }
  // RFC 5321 section 4.1.1: trailing white space is tolerated.
  line = line.substr(0, line.find_last_not_of(" \t") + 1);
  std::string_view const verb = line.substr(0, line.find_first_of(" \t"));
  std::string_view const args = trim(line.substr(verb.size()));
  Command const* command = find_command(verb);
  if (command == nullptr) {
    answer({500, {5, 5, 1}, "Command not recognized"}, Sending::at_once);
    return {};
  }
  if ((command->states & state()) == 0) {
    answer({503, {5, 5, 1}, "Bad sequence of commands"}, command->sending);
    return {};
  }
  Step step = (this->*command->handler)(args);
  if (auto* reply = std::get_if<Reply>(&step)) {
    answer(*reply, command->sending);
    return {};
  }
  if (auto* mail = std::get_if<AskMail>(&step)) {
    pending_ = *mail;
    return std::move(*mail);
  }
  pending_ = std::get<AskRecipient>(step);
  return std::get<AskRecipient>(std::move(step));
}

void Session::resume(Answer answer_to_it) {
  Pending question = std::exchange(pending_, std::monostate());
  if (std::holds_alternative<UpgradePending>(question)) {
    tls_ = Tls::on;
    phase_ = Phase::command;
    return;
  }
  Reply const& reply = std::get<Reply>(answer_to_it);
  Sending sending = Sending::at_once;
  if (auto* mail = std::get_if<AskMail>(&question)) sending = answered(*mail, reply);
  if (auto* recipient = std::get_if<AskRecipient>(&question)) sending = answered(*recipient, reply);
  if (auto* message = std::get_if<MessagePending>(&question)) sending = answered(*message, reply);
  answer(reply, sending);
}

void Session::wake(WakeReason reason) {
  if (reason == WakeReason::changed || woken_ == WakeReason::deadline) return;
  woken_ = reason;
}

void Session::answer(Reply const& reply, Sending sending) {
  if (is_protocol_error(reply) && ++errors_ > options_->max_errors) {
    say_good_bye({421, {4, 7, 0}, fmt::format("{} too many errors, closing", options_->host_name)});
    return;
  }
  // RFC 5321 section 3.8: after a 421 the channel is closed, whoever thought it best.
  if (reply.code() == 421) {
    say_good_bye(reply);
    return;
  }
  output_ += reply.encode();
  if (sending == Sending::at_once) flush_ = true;
}

void Session::say_good_bye(Reply const& reply) {
  output_ += reply.encode();
  close();
}

void Session::close() {
  transaction_.reset();
  input_.clear();
  phase_ = Phase::closing;
  flush_ = true;
}

}  // namespace yubin::smtp
