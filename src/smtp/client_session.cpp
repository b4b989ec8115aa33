#include "smtp/client_session.h"

#include <fmt/format.h>

#include <type_traits>
#include <utility>

#include "base/assert.h"

namespace yubin::smtp {

namespace {

constexpr std::size_t kMaxSend = 64 * 1024;

}  // namespace

struct ClientSession::Row {
  std::string_view name;  // what is answered, in notes
  void (ClientSession::*on)(RemoteReply const& reply);
  std::chrono::seconds ClientPatience::* patience;
};

// In the order of Awaited.
ClientSession::Row const ClientSession::kRows[] = {
    {"the connection", &ClientSession::on_greeting, &ClientPatience::command},
    {"EHLO", &ClientSession::on_hello, &ClientPatience::command},
    {"STARTTLS", &ClientSession::on_start_tls, &ClientPatience::command},
    {"AUTH", &ClientSession::on_auth, &ClientPatience::command},
    {"RSET", &ClientSession::on_rset, &ClientPatience::command},
    {"MAIL", &ClientSession::on_mail, &ClientPatience::command},
    {"RCPT", &ClientSession::on_rcpt, &ClientPatience::command},
    {"DATA", &ClientSession::on_data, &ClientPatience::data},
    {"BDAT", &ClientSession::on_chunk, &ClientPatience::chunk},
    {"the end of the data", &ClientSession::on_end, &ClientPatience::end_of_data},
    {"QUIT", &ClientSession::on_quit, &ClientPatience::quit},
};

ClientSession::Row const& ClientSession::row_of(Awaited awaited) {
  return kRows[static_cast<std::size_t>(awaited)];
}

ClientSession::ClientSession(std::shared_ptr<ClientOptions const> options, Tls tls)
    : options_(std::move(options)), tls_(tls) {}

void ClientSession::receive(std::string_view bytes) {
  // RFC 3207 section 4.2: what comes before the handshake is not protected and must not count.
  if (phase_ == Phase::upgrade || phase_ == Phase::closing) return;
  input_.append(bytes);
}

ClientSession::Question ClientSession::question_of(Event const& event) {
  if (std::holds_alternative<StartTls>(event)) return Question::upgrade;
  if (std::holds_alternative<LogIn>(event)) return Question::login;
  if (std::holds_alternative<SaslServerSays>(event)) return Question::sasl;
  if (std::holds_alternative<SaslOver>(event)) return Question::sasl_over;
  if (std::holds_alternative<NextMessage>(event)) return Question::message;
  if (std::holds_alternative<NextChunk>(event)) return Question::chunk;
  return Question::none;
}

ClientSession::Event ClientSession::poll() {
  YUBIN_ASSERT(question_ == Question::none);
  for (;;) {
    std::optional<Event> event = step();
    if (!event) continue;
    question_ = question_of(*event);
    return std::move(*event);
  }
}

void ClientSession::resume(Answer answer) {
  switch (std::exchange(question_, Question::none)) {
    case Question::none:
      YUBIN_ASSERT(false);
      return;
    case Question::upgrade:
      tls_ = Tls::on;
      return say_hello();
    case Question::login:
      return log_in(std::move(answer));
    case Question::sasl:
      return answer_sasl(std::move(answer));
    case Question::sasl_over:
      return end_sasl(answer);
    case Question::message:
      return begin(std::move(answer));
    case Question::chunk:
      return take_bytes(std::move(answer));
  }
}

std::optional<ClientSession::Event> ClientSession::step() {
  if (due_) return std::exchange(due_, std::nullopt);
  if (output_.size() > kMaxSend) {
    Send send{output_.substr(0, kMaxSend)};
    output_.erase(0, kMaxSend);
    return send;
  }
  if (phase_ != Phase::closing && phase_ != Phase::upgrade && take_reply()) return {};
  return go_on();
}

bool ClientSession::take_reply() {
  if (input_.rest().empty()) return false;
  ReplyFramer::Step unit = replies_.next(input_);
  if (std::holds_alternative<NeedMore>(unit)) return false;
  std::string_view const name = awaited_.empty() ? "nothing" : row_of(awaited_.front()).name;
  if (auto const* fault = std::get_if<ReplyFramer::Fault>(&unit)) {
    bool const too_long = *fault == ReplyFramer::Fault::too_long;
    fail({4, 5, 0}, fmt::format("in reply to {} came {}", name, too_long ? "far too much" : "what is no SMTP reply"));
  } else {
    on_reply(std::get<RemoteReply>(unit));
  }
  return true;
}

void ClientSession::on_reply(RemoteReply const& reply) {
  // A server that cannot wait for the end of the data says so in the middle; what it gets then it would not understand.
  if (awaited_.empty() && phase_ == Phase::body && reply.first_digit() == 5)
    set_open(outcome_of(reply, "the data, before their end"));
  // Whatever it is about, after 421 the server closes (RFC 5321 section 3.8). It may come unasked.
  if (awaited_.empty() || (reply.code == 421 && awaited_.front() != Awaited::quit)) {
    std::string_view const name = awaited_.empty() ? "nothing" : row_of(awaited_.front()).name;
    if (reply.first_digit() < 4) return not_expected(reply, name);
    return fail(detail_of(reply, name));
  }
  Row const& row = row_of(awaited_.front());
  awaited_.pop_front();
  (this->*row.on)(reply);
}

std::optional<ClientSession::Event> ClientSession::go_on() {
  switch (phase_) {
    case Phase::dialogue:
      return need_input();
    case Phase::upgrade:
      return StartTls{};
    case Phase::ready:
      if (stopping_) {
        phase_ = Phase::dialogue;
        command("QUIT", Awaited::quit);
        return {};
      }
      was_ready_ = true;
      return NextMessage{};
    case Phase::commands:
      return go_on_with_commands();
    case Phase::body:
      return go_on_with_body();
    case Phase::closing:
      if (!output_.empty()) return Send{std::exchange(output_, {})};
      return Close{};
  }
  std::unreachable();
}

std::optional<ClientSession::Event> ClientSession::need_input() {
  if (!output_.empty()) return Send{std::exchange(output_, {})};
  return NeedInput{};
}

void ClientSession::command(std::string_view line, Awaited awaited) {
  output_ += line;
  output_ += "\r\n";
  awaited_.push_back(awaited);
}

void ClientSession::wake(WakeReason reason) {
  if (reason == WakeReason::changed || phase_ == Phase::closing) return;
  if (reason == WakeReason::deadline) return break_off("the server was silent for too long");
  // Half a minute more may spare the recipients a second copy.
  stopping_ = true;
  bool const in_doubt = transaction_ && transaction_->sent;
  if (!in_doubt) fail({4, 3, 2}, "this server is shutting down");
}

void ClientSession::lost(std::string_view why) {
  question_ = Question::none;
  if (phase_ != Phase::closing) break_off(why);
  output_.clear();
}

void ClientSession::break_off(std::string_view why) {
  bool const in_doubt = transaction_ && transaction_->sent && !transaction_->accepted.empty();
  // RFC 3463 section 3.8: 4.7.5, the failure is one of cryptography.
  if (phase_ == Phase::upgrade) return fail({4, 7, 5}, std::string(why));
  std::string_view const doubt = in_doubt ? "; the message may have been delivered all the same" : "";
  if (awaited_.empty()) return fail({4, 4, 2}, fmt::format("{} while the message was being sent{}", why, doubt));
  // RFC 3463 section 3.5: 4.4.2, the connection was there and did not last.
  fail({4, 4, 2}, fmt::format("{} before the answer to {}{}", why, row_of(awaited_.front()).name, doubt));
}

std::optional<std::chrono::seconds> ClientSession::idle_limit() const {
  if (awaited_.empty()) return options_->patience.command;
  return options_->patience.*row_of(awaited_.front()).patience;
}

void ClientSession::fail(EnhancedStatus status, std::string note, Manner manner) {
  fail({status, "", options_->peer, std::move(note)}, manner);
}

void ClientSession::fail(OutcomeDetail why, Manner manner) {
  why.status.status_class = 4;
  if (transaction_) {
    set_open(Deferred{std::move(why)});
    due_ = finish_message();
  } else if (!was_ready_) {
    due_ = Unusable{std::move(why)};
  }
  phase_ = Phase::closing;
  awaited_.clear();
  input_.clear();
  output_ = manner == Manner::polite ? "QUIT\r\n" : "";
}

void ClientSession::not_expected(RemoteReply const& reply, std::string_view command) {
  OutcomeDetail why = detail_of(reply, command);
  why.status = {4, 5, 0};
  fail(std::move(why));
}

OutcomeDetail ClientSession::detail_of(RemoteReply const& reply, std::string_view command) const {
  auto const digit = static_cast<std::uint16_t>(reply.first_digit());
  return {reply.status.value_or(EnhancedStatus{digit, 0, 0}), reply.text(), options_->peer,
          fmt::format("in reply to {}", command)};
}

Outcome ClientSession::outcome_of(RemoteReply const& reply, std::string_view command) const {
  if (reply.is_positive()) return Delivered{detail_of(reply, command)};
  if (reply.first_digit() == 4) return Deferred{detail_of(reply, command)};
  return Failed{detail_of(reply, command)};
}

}  // namespace yubin::smtp
