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
    case LoginRefused::Why::malformed:
      return "";
  }
  return "UNAVAILABLE";
}

}  // namespace

Reply logged_in(Context& context) {
  YUBIN_ASSERT(context.answer.has_value());
  LoginAnswer answer = *std::exchange(context.answer, std::nullopt);
  if (auto* refused = std::get_if<LoginRefused>(&answer)) {
    if (refused->why == LoginRefused::Why::malformed) return bad(std::move(refused->text));
    return no(code_of(refused->why), std::move(refused->text));
  }
  context.login = std::get<LoggedIn>(std::move(answer));
  return ok("CAPABILITY " + capabilities(context), "You are logged in.");
}

Reply privacy_required() {
  return no("PRIVACYREQUIRED", "Use TLS; no password is taken in clear.");
}

}  // namespace yubin::imap
