// AUTH (RFC 5034 section 4).
#include "base/base64.h"
#include "base/text.h"
#include "pop3/command.h"
#include "pop3/login.h"

namespace yubin::pop3 {

namespace {

Result<Secret> decoded(std::string_view base64) {
  std::optional<std::string> bytes = from_base64(base64);
  if (!bytes) return fail(Errc::syntax, "That is not base64.");
  return Secret(*std::move(bytes));
}

// initial-response = base64 / "="
Result<Secret> initial_response(std::string_view text) {
  if (text == "=") return Secret();
  return decoded(text);
}

// What the client answers to a challenge.
Task<Result<Secret>> next_response(Context& context, SaslChallenge challenge) {
  context.out += "+ " + to_base64(challenge.bytes) + "\r\n";
  Result<std::string> line = co_await next_line(context);
  if (!line) co_return std::unexpected(std::move(line).error());
  Secret const base64(*std::move(line));
  // RFC 5034 section 4: a client cancels by a line with only "*".
  if (base64.view() == "*") co_return fail(Errc::denied, "AUTH is cancelled.");
  co_return decoded(base64.view());
}

// AUTH alone is not in RFC 5034, but Outlook Express and its kin ask so what there is, and do without AUTH if refused.
Reply list_mechanisms(Context& context) {
  put(context.out, ok("These mechanisms are possible:"));
  if (context.may_log_in()) {
    for (std::string_view mechanism : offered(context.services.options->mechanisms, channel_of(context)))
      context.out.append(mechanism).append("\r\n");
  }
  context.out += ".\r\n";
  return told();
}

}  // namespace

Task<Reply> cmd_auth(Context& context, std::string_view arguments) {
  if (arguments.empty()) co_return list_mechanisms(context);
  std::size_t const space = arguments.find(' ');
  AskSasl question{to_upper(arguments.substr(0, space)), std::nullopt};
  if (!is_offered(context.services.options->mechanisms, channel_of(context), question.mechanism))
    co_return err("There is no such mechanism.");
  if (!context.may_log_in()) co_return privacy_required(context);
  if (space != std::string_view::npos) {
    Result<Secret> response = initial_response(arguments.substr(space + 1));
    if (!response) co_return err(response.error().detail);
    question.response = *std::move(response);
  }
  for (;;) {
    co_await context.wait(std::move(question));
    if (!context.challenge) co_return co_await logged_in(context);
    SaslChallenge challenge = *std::exchange(context.challenge, std::nullopt);
    Result<Secret> response = co_await next_response(context, std::move(challenge));
    if (!response) co_return err(response.error().detail);
    question = AskSasl{{}, *std::move(response)};
  }
}

}  // namespace yubin::pop3
