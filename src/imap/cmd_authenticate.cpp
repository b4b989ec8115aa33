// AUTHENTICATE (RFC 9051 section 6.2.2), with the initial response (RFC 4959).
#include "base/base64.h"
#include "imap/commands.h"
#include "imap/grammar.h"
#include "imap/login.h"

namespace yubin::imap {

namespace {

struct Arguments {
  std::string mechanism;                   // in upper case
  std::optional<Secret> initial_response;  // base64
};

// authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64); initial-resp = base64 / "="
Result<Arguments> authenticate_arguments(Cursor& cursor) {
  TRY_VOID(space(cursor));
  Arguments arguments;
  TRY(std::string mechanism, atom(cursor));
  arguments.mechanism = to_upper(mechanism);
  if (cursor.skip(" ")) {
    arguments.initial_response = Secret(std::string(cursor.take_while([](char c) { return c != ' '; })));
    if (arguments.initial_response->view().empty()) return fail(Errc::syntax, "The initial response is missing");
  }
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

Result<Secret> decoded(Secret const& base64) {
  std::optional<std::string> bytes = from_base64(base64.view());
  if (!bytes) return fail(Errc::syntax, "That is not base64");
  return Secret(*std::move(bytes));
}

// What the client answers to a challenge. Errc::denied: it gives up.
Task<Result<Secret>> next_response(Context& context, SaslChallenge challenge) {
  context.out += "+ " + to_base64(challenge.bytes) + "\r\n";
  Result<std::string> line = co_await next_line(context);
  if (!line) co_return std::unexpected(std::move(line).error());
  Secret const base64(*std::move(line));
  if (base64.view() == "*") co_return fail(Errc::denied, "AUTHENTICATE is cancelled");
  co_return decoded(base64);
}

}  // namespace

Task<Reply> cmd_authenticate(Context& context, Cursor cursor) {
  Result<Arguments> arguments = authenticate_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  if (!is_offered(context.services.options->mechanisms, channel_of(context), arguments->mechanism))
    co_return no("CANNOT", "There is no such mechanism.");
  if (!context.may_log_in()) co_return privacy_required();

  AskSasl question{arguments->mechanism, std::nullopt};
  if (arguments->initial_response) {
    bool const empty = arguments->initial_response->view() == "=";
    Result<Secret> response = empty ? Result<Secret>(Secret()) : decoded(*arguments->initial_response);
    if (!response) co_return bad_syntax(response.error());
    question.response = *std::move(response);
  }
  for (;;) {
    co_await context.wait(std::move(question));
    if (!context.challenge) co_return logged_in(context);
    SaslChallenge challenge = *std::exchange(context.challenge, std::nullopt);
    Result<Secret> response = co_await next_response(context, std::move(challenge));
    // RFC 9051 section 6.2.2: a client cancels by a line with only "*".
    if (!response && response.error().code == Errc::denied) co_return bad("AUTHENTICATE is cancelled.");
    if (!response) co_return bad_syntax(response.error());
    question = AskSasl{{}, *std::move(response)};
  }
}

}  // namespace yubin::imap
