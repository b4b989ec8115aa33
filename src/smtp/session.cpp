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

// RFC 4954 section 4: a line of a SASL exchange has at most 12288 octets, with its CR LF.
constexpr std::size_t kSaslLine = 12'288;

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
Session::Command const Session::kCommands[] = {
    {"EHLO", kSmtp, kAnyState, Sending::at_once, &Session::on_ehlo},
    {"HELO", kSmtp, kAnyState, Sending::at_once, &Session::on_helo},
    {"LHLO", kLmtp, kAnyState, Sending::at_once, &Session::on_ehlo},
    {"AUTH", kBoth, kAnyState, Sending::at_once, &Session::on_auth},
    {"MAIL", kBoth, kGreeted, Sending::may_wait, &Session::on_mail, Command::Login::after},
    {"RCPT", kBoth, kMail | kRcpt, Sending::may_wait, &Session::on_rcpt, Command::Login::after},
    {"DATA", kBoth, kMail | kRcpt, Sending::at_once, &Session::on_data, Command::Login::after},
    // RFC 3030 section 2: the octets behind it are to be read whatever the state; without a transaction it is 503.
    {"BDAT", kBoth, kAnyState, Sending::at_once, &Session::on_bdat},
    {"RSET", kBoth, kAnyState, Sending::may_wait, &Session::on_rset},
    {"NOOP", kBoth, kAnyState, Sending::at_once, &Session::on_noop},
    {"QUIT", kBoth, kAnyState, Sending::at_once, &Session::on_quit},
    {"VRFY", kBoth, kAnyState, Sending::at_once, &Session::on_vrfy, Command::Login::after},
    {"EXPN", kBoth, kAnyState, Sending::at_once, &Session::on_unimplemented, Command::Login::after},
    {"HELP", kBoth, kAnyState, Sending::at_once, &Session::on_help},
    {"STARTTLS", kBoth, kAnyState, Sending::at_once, &Session::on_starttls},
    // A web browser sent here by somebody else's page would have its request's body taken for commands.
    {"GET", kBoth, kAnyState, Sending::at_once, &Session::on_http},
    {"HEAD", kBoth, kAnyState, Sending::at_once, &Session::on_http},
    {"POST", kBoth, kAnyState, Sending::at_once, &Session::on_http},
    {"PUT", kBoth, kAnyState, Sending::at_once, &Session::on_http},
    {"PATCH", kBoth, kAnyState, Sending::at_once, &Session::on_http},
    {"DELETE", kBoth, kAnyState, Sending::at_once, &Session::on_http},
    {"OPTIONS", kBoth, kAnyState, Sending::at_once, &Session::on_http},
    {"CONNECT", kBoth, kAnyState, Sending::at_once, &Session::on_http},
    {"TRACE", kBoth, kAnyState, Sending::at_once, &Session::on_http},
};

Session::Command const* Session::find_command(std::string_view verb) const {
  unsigned const protocol = is_lmtp() ? kLmtp : kSmtp;
  auto matches = [&](Command const& c) { return (c.protocols & protocol) != 0 && iequals(c.verb, verb); };
  auto found = std::ranges::find_if(kCommands, matches);
  return found == std::end(kCommands) ? nullptr : &*found;
}

Session::Session(std::shared_ptr<Options const> options, Tls tls)
    : options_(std::move(options)),
      tls_(tls),
      lines_(options_->mechanisms.empty() ? options_->line_limit : std::max(options_->line_limit, kSaslLine)) {
  static_assert(sizeof(Session) < 1280, "session.h promises 2 KiB");
}

void Session::receive(std::string_view bytes) {
  // RFC 3207 section 4.2: what comes between STARTTLS and the handshake is not protected and must not count.
  if (phase_ == Phase::upgrade || phase_ == Phase::closing) return;
  input_.append(bytes);
}

Session::Event Session::poll() {
  YUBIN_ASSERT(std::holds_alternative<std::monostate>(pending_));
  for (;;) {
    if (std::exchange(drop_body_, false)) return DropBody{};
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
      answer(Reply::plain(
                 220, {fmt::format("{} {} {}", options_->host_name, is_lmtp() ? "LMTP" : "ESMTP", options_->banner)}),
             Sending::at_once);
      return {};
    case Phase::command:
      return command_step();
    case Phase::sasl:
      return sasl_step();
    case Phase::data:
      return data_step();
    case Phase::chunk:
      return chunk_step();
    case Phase::upgrade:
      pending_ = UpgradePending{};
      return StartTls{};
    case Phase::closing:
      return Close{};
  }
  std::unreachable();
}

bool Session::said_good_bye() {
  if (woken_ == WakeReason::deadline) {
    say_good_bye({421, {4, 4, 2}, fmt::format("{} timeout, closing", options_->host_name)});
    return true;
  }
  // Between two chunks a shutdown waits as within the data.
  if (woken_ == WakeReason::shutdown && !transaction_.in_chunks()) {
    say_good_bye({421, {4, 3, 2}, fmt::format("{} is shutting down, closing", options_->host_name)});
    return true;
  }
  return false;
}

std::optional<Session::Event> Session::command_step() {
  if (said_good_bye()) return {};
  auto unit = lines_.next(input_);
  if (auto* line = std::get_if<LineFramer::Line>(&unit)) return run(line->text);
  return swallow_line(unit);
}

std::optional<Session::Event> Session::swallow_line(LineFramer::Step const& unit) {
  if (std::holds_alternative<Skipped>(unit)) return Yield{};
  if (std::holds_alternative<NeedMore>(unit)) return need_input();
  bool const too_long = std::get<LineFramer::Fault>(unit) == LineFramer::Fault::too_long;
  // RFC 4954 section 6: 5.5.6, the line of an exchange is too long. Either fault ends an exchange.
  bool const in_exchange = std::exchange(phase_, Phase::command) == Phase::sasl;
  EnhancedStatus const status = too_long && in_exchange ? EnhancedStatus{5, 5, 6} : EnhancedStatus{5, 5, 2};
  answer({500, status, too_long ? "Line too long" : "Lines end in CR LF, not in a bare CR or LF"}, Sending::at_once);
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
  if (transaction_.in_chunks()) return kChunks;
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
  if (command->login == Command::Login::after && must_log_in()) {
    answer({530, {5, 7, 0}, may_log_in() ? "Log in first" : "Start TLS and log in first"}, command->sending);
    return {};
  }
  Step step = (this->*command->handler)(args);
  return ask(std::move(step), command->sending);
}

std::optional<Session::Event> Session::ask(Step step, Sending sending) {
  if (auto* reply = std::get_if<Reply>(&step)) {
    answer(*reply, sending);
    return {};
  }
  if (auto* mail = std::get_if<AskMail>(&step)) {
    pending_ = *mail;
    return std::move(*mail);
  }
  if (auto* recipient = std::get_if<AskRecipient>(&step)) {
    pending_ = *recipient;
    return std::move(*recipient);
  }
  if (auto* sasl = std::get_if<AskSasl>(&step)) {
    pending_ = SaslPending{};
    return std::move(*sasl);
  }
  return {};
}

void Session::resume(Answer answer_to_it) {
  Pending question = std::exchange(pending_, std::monostate());
  std::visit([&](auto& one) { answered(one, answer_to_it); }, question);
}

void Session::answered(std::monostate&, Answer&) {
  YUBIN_ASSERT(false);
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

void Session::answer_each(Reply const& reply, std::size_t count) {
  for (std::size_t i = 0; i < count && phase_ != Phase::closing; ++i) answer(reply, Sending::at_once);
}

void Session::say_good_bye(Reply const& reply) {
  output_ += reply.encode();
  close();
}

void Session::close() {
  end_transaction();
  input_.clear();
  phase_ = Phase::closing;
  flush_ = true;
}

void Session::end_transaction() {
  transaction_.reset();
  if (std::exchange(body_passed_, false)) drop_body_ = true;
}

}  // namespace yubin::smtp
