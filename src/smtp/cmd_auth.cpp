// AUTH (RFC 4954). The mechanisms are others' business (base/sasl.h); here are the lines around their messages.
#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "base/base64.h"
#include "base/sasl_offer.h"
#include "base/text.h"
#include "smtp/command.h"
#include "smtp/grammar.h"

namespace yubin::smtp {

namespace {

Reply not_base64() {
  return {501, {5, 5, 2}, "That is not base64"};
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

// auth-command = "AUTH" SP sasl-mech [SP initial-response]; initial-response = base64 / "="
Session::Step Session::on_auth(std::string_view args) {
  tried_auth_ = true;
  if (options_->mechanisms.empty()) {
    return Reply(
        502, {5, 5, 1},
        is_lmtp() ? "No login here" : "No login on this port: to send mail, use port 465 or 587 with your account");
  }
  if (logged_in_) return Reply(503, {5, 5, 1}, "Logged in already");
  // RFC 4954 section 4: not during a mail transaction. That needs a login here, so only EHLO can be missing.
  if (state() != kGreeted) return Reply(503, {5, 5, 1}, "Bad sequence of commands");
  Cursor in(args);
  std::string mechanism = to_upper(in.take_while([](char c) { return !is_blank(c); }));
  in.skip_spaces();
  std::string_view const initial = in.rest();
  if (mechanism.empty() || std::ranges::any_of(initial, is_blank))
    return Reply(501, {5, 5, 4}, "Syntax: AUTH mechanism [initial-response]");
  if (!may_log_in()) return Reply(538, {5, 7, 11}, "Start TLS first; no password is taken in clear");
  if (!is_offered(options_->mechanisms, tls_ == Tls::on ? SaslChannel::tls : SaslChannel::in_clear, mechanism))
    return Reply(504, {5, 5, 4}, "This mechanism is not offered");
  AskSasl question{std::move(mechanism), std::nullopt};
  if (initial == "=") {
    question.response.emplace();
  } else if (!initial.empty()) {
    std::optional<std::string> bytes = from_base64(initial);
    if (!bytes) return not_base64();
    question.response.emplace(*std::move(bytes));
  }
  return question;
}

std::optional<Session::Event> Session::sasl_step() {
  if (said_good_bye()) return {};
  auto unit = lines_.next(input_);
  auto const* line = std::get_if<LineFramer::Line>(&unit);
  if (line == nullptr) return swallow_line(unit);
  phase_ = Phase::command;
  return ask(sasl_response(line->text), Sending::at_once);
}

Session::Step Session::sasl_response(std::string_view base64) {
  // RFC 4954 section 4: by a single "*" the client gives up.
  if (base64 == "*") return Reply(501, {5, 7, 0}, "AUTH is cancelled");
  std::optional<std::string> bytes = from_base64(base64);
  input_.wipe_consumed();
  if (!bytes) return not_base64();
  AskSasl question;
  question.response.emplace(*std::move(bytes));
  return question;
}

void Session::answered(SaslPending&, Answer& given) {
  input_.wipe_consumed();
  if (auto const* challenge = std::get_if<SaslChallenge>(&given)) {
    // A line of its own making: a Reply's are cut where RFC 5321 ends them, RFC 4954 section 4 allows more.
    output_ += "334 " + to_base64(challenge->bytes) + "\r\n";
    flush_ = true;
    phase_ = Phase::sasl;
    return;
  }
  if (std::holds_alternative<Authenticated>(given)) {
    logged_in_ = true;
    lines_ = LineFramer(options_->line_limit);
    answer({235, {2, 7, 0}, "You are logged in"}, Sending::at_once);
    return;
  }
  Reply const& reply = std::get<Reply>(given);
  // Who is told to try later tries again at once, if it guesses.
  bool const failed = reply.code() == 535 || reply.code() == 454;
  if (failed && ++failed_logins_ > options_->max_failed_logins) {
    say_good_bye({421, {4, 7, 0}, fmt::format("{} too many failed logins, closing", options_->host_name)});
    return;
  }
  answer(reply, Sending::at_once);
}

}  // namespace yubin::smtp
