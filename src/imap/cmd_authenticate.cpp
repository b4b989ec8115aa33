// AUTHENTICATE (RFC 9051 section 6.2.2) with PLAIN (RFC 4616) and the initial response (RFC 4959).
#include "base/base64.h"
#include "imap/commands.h"
#include "imap/grammar.h"
#include "imap/login.h"

namespace yubin::imap {

namespace {

struct Arguments {
  std::string mechanism;
  std::optional<std::string> initial_response;  // base64
};

// authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64); initial-resp = base64 / "="
Result<Arguments> authenticate_arguments(Cursor& cursor) {
  TRY_VOID(space(cursor));
  Arguments arguments;
  TRY(arguments.mechanism, atom(cursor));
  if (cursor.skip(" ")) {
    arguments.initial_response = cursor.take_while([](char c) { return c != ' '; });
    if (arguments.initial_response->empty()) return fail(Errc::syntax, "The initial response is missing");
  }
  TRY_VOID(end_of_command(cursor));
  return arguments;
}

// message = [authzid] UTF8NUL authcid UTF8NUL passwd
Result<AskLogin> plain_message(std::string_view base64) {
  std::optional<std::string> decoded = from_base64(base64);
  if (!decoded) return fail(Errc::syntax, "That is not base64");
  Secret const message(*std::move(decoded));
  std::string_view text = message.view();
  std::size_t first = text.find('\0');
  std::size_t second = first == std::string_view::npos ? first : text.find('\0', first + 1);
  if (second == std::string_view::npos) return fail(Errc::syntax, "That is not a message of PLAIN");
  std::string_view authorize_as = text.substr(0, first);
  std::string_view user = text.substr(first + 1, second - first - 1);
  std::string_view password = text.substr(second + 1);
  if (user.empty() || password.empty() || password.find('\0') != std::string_view::npos)
    return fail(Errc::syntax, "That is not a message of PLAIN");
  // RFC 4616 section 2: to act as somebody else is not possible here.
  if (!authorize_as.empty() && authorize_as != user) return fail(Errc::denied, "Nobody can act for another user");
  return AskLogin{std::string(user), Secret(std::string(password))};
}

}  // namespace

Task<Reply> cmd_authenticate(Context& context, Cursor cursor) {
  Result<Arguments> arguments = authenticate_arguments(cursor);
  if (!arguments) co_return bad_syntax(arguments.error());
  if (!iequals(arguments->mechanism, "PLAIN")) co_return no("CANNOT", "There is no such mechanism.");
  if (!context.may_log_in()) co_return privacy_required();
  Secret response;
  if (arguments->initial_response) {
    std::string given = *std::move(arguments->initial_response);
    response = Secret(given == "=" ? std::string() : std::move(given));
  } else {
    context.out += "+ \r\n";
    Result<std::string> line = co_await next_line(context);
    if (!line) co_return bad_syntax(line.error());
    response = Secret(*std::move(line));
    // RFC 9051 section 6.2.2: a client cancels by a line with only "*".
    if (response.view() == "*") co_return bad("AUTHENTICATE is cancelled.");
  }
  Result<AskLogin> question = plain_message(response.view());
  if (!question && question.error().code == Errc::denied)
    co_return no("AUTHORIZATIONFAILED", question.error().detail + ".");
  if (!question) co_return bad_syntax(question.error());
  co_return co_await log_in(context, *std::move(question));
}

}  // namespace yubin::imap
