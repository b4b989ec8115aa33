// LOGIN (RFC 9051 section 6.2.3).
#include "imap/commands.h"
#include "imap/grammar.h"
#include "imap/login.h"

namespace yubin::imap {

namespace {

Result<AskLogin> login_arguments(Cursor& cursor) {
  TRY_VOID(space(cursor));
  TRY(std::string user, astring(cursor));
  TRY_VOID(space(cursor));
  TRY(std::string password, astring(cursor));
  TRY_VOID(end_of_command(cursor));
  return AskLogin{std::move(user), Secret(std::move(password))};
}

}  // namespace

Task<Reply> cmd_login(Context& context, Cursor cursor) {
  Result<AskLogin> question = login_arguments(cursor);
  if (!question) co_return bad_syntax(question.error());
  if (!context.may_log_in()) co_return privacy_required();
  if (!takes_plain_passwords(context.services.options->mechanisms))
    co_return no("CANNOT", "Use AUTHENTICATE; no password is taken as it is.");
  co_await context.wait(*std::move(question));
  co_return logged_in(context);
}

}  // namespace yubin::imap
