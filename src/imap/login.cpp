#include "imap/login.h"

#include "imap/capability.h"

namespace yubin::imap {

namespace {

std::string code_of(LoginRefused::Why why) {
  switch (why) {
    case LoginRefused::Why::wrong:
      return "AUTHENTICATIONFAILED";
    case LoginRefused::Why::unavailable:
      return "UNAVAILABLE";
    case LoginRefused::Why::limit:
      return "LIMIT";
  }
  return "UNAVAILABLE";
}

}  // namespace

Task<Reply> log_in(Context& context, AskLogin question) {
  co_await context.wait(std::move(question));
  YUBIN_ASSERT(context.answer.has_value());
  LoginAnswer answer = *std::exchange(context.answer, std::nullopt);
  if (auto* refused = std::get_if<LoginRefused>(&answer)) co_return no(code_of(refused->why), std::move(refused->text));
  context.login = std::get<LoggedIn>(std::move(answer));
  co_return ok("CAPABILITY " + capabilities(context), "You are logged in.");
}

Reply privacy_required() {
  return no("PRIVACYREQUIRED", "Use TLS; no password is taken in clear.");
}

}  // namespace yubin::imap
