// From the greeting to the point where a message can be sent: EHLO, STARTTLS, AUTH.
#include <fmt/format.h>

#include <utility>

#include "base/assert.h"
#include "base/base64.h"
#include "smtp/client_session.h"

namespace yubin::smtp {

// What is refused here is refused for this server and this moment: a wrong password or a closed door at one host is no
// reason to give the mail back. (RFC 5321 section 3.1 lets 554 in place of a greeting be final; a domain's other hosts
// may do better, and what does not expires.)
void ClientSession::refuse(RemoteReply const& reply, std::string_view command) {
  fail(detail_of(reply, command), Manner::polite);
}

void ClientSession::on_greeting(RemoteReply const& reply) {
  greeting_ = reply.lines.front();
  if (!reply.is_positive()) return refuse(reply, "the connection");
  say_hello();
}

void ClientSession::say_hello() {
  phase_ = Phase::dialogue;
  extensions_ = {};
  std::string_view const verb = is_lmtp() ? "LHLO" : extended_ ? "EHLO" : "HELO";
  command(fmt::format("{} {}", verb, options_->host_name), Awaited::hello);
}

void ClientSession::on_hello(RemoteReply const& reply) {
  if (reply.is_positive()) {
    greeted_ = true;
    if (extended_) extensions_ = Extensions::parse(reply);
    return prepare();
  }
  // RFC 5321 section 3.2: a server that does not know EHLO is asked again with HELO.
  if (reply.first_digit() != 5 || !extended_ || is_lmtp()) return refuse(reply, extended_ ? "EHLO" : "HELO");
  extended_ = false;
  say_hello();
}

void ClientSession::prepare() {
  using StartTls = ClientOptions::StartTls;
  if (tls_ == Tls::off && !tls_refused_) {
    if (options_->start_tls != StartTls::never && extensions_.starttls) return command("STARTTLS", Awaited::start_tls);
    if (options_->start_tls == StartTls::required)
      return fail({4, 7, 4}, "TLS is required for this server, and it does not offer it", Manner::polite);
  }
  if (options_->log_in && !logged_in_) {
    if (extensions_.mechanisms.empty())
      return fail({4, 7, 4}, "the server does not offer the login that it is to have", Manner::polite);
    due_ = LogIn{extensions_.mechanisms};
    return;
  }
  phase_ = Phase::ready;
}

void ClientSession::on_start_tls(RemoteReply const& reply) {
  if (reply.is_positive()) {
    // RFC 3207 section 4.2: whatever came in clear is forgotten, also what came behind this reply.
    input_.clear();
    phase_ = Phase::upgrade;
    return;
  }
  if (options_->start_tls == ClientOptions::StartTls::required) return refuse(reply, "STARTTLS");
  tls_refused_ = true;
  prepare();
}

void ClientSession::log_in(Answer answer) {
  if (auto const* refusal = std::get_if<GiveUp>(&answer)) return fail({4, 7, 0}, refusal->why, Manner::polite);
  auto const& start = std::get<SaslStart>(answer);
  std::string line = "AUTH " + start.mechanism;
  // RFC 4954 section 4: an initial response of no bytes is written as an equals sign.
  if (start.initial) line += start.initial->view().empty() ? " =" : " " + to_base64(start.initial->view());
  command(line, Awaited::auth);
  wipe(line);
}

void ClientSession::on_auth(RemoteReply const& reply) {
  if (gave_up_) return fail({4, 7, 0}, *gave_up_, Manner::polite);
  if (reply.is_positive()) {
    due_ = SaslOver{};
    return;
  }
  if (reply.first_digit() != 3) return refuse(reply, "AUTH");
  std::optional<std::string> challenge = from_base64(reply.lines.front());
  if (!challenge) return answer_sasl(GiveUp{"the server's challenge in AUTH is not in base64"});
  due_ = SaslServerSays{*std::move(challenge)};
}

void ClientSession::answer_sasl(Answer answer) {
  if (auto* refusal = std::get_if<GiveUp>(&answer)) {
    gave_up_ = std::move(refusal->why);
    return command("*", Awaited::auth);
  }
  std::string line = to_base64(std::get<SaslResponse>(answer).bytes.view());
  command(line, Awaited::auth);
  wipe(line);
}

void ClientSession::end_sasl(Answer const& answer) {
  if (auto const* refusal = std::get_if<GiveUp>(&answer)) return fail({4, 7, 0}, refusal->why);
  logged_in_ = true;
  prepare();
}

}  // namespace yubin::smtp
