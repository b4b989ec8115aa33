// USER and PASS (RFC 1939 section 7).
#include <utility>

#include "pop3/command.h"
#include "pop3/login.h"

namespace yubin::pop3 {

// Whether there is such a user is not told, and in clear not even the name is wanted: the password would follow.
Task<Reply> cmd_user(Context& context, std::string_view arguments) {
  if (!context.may_log_in()) co_return privacy_required(context);
  if (!takes_plain_passwords(context.services.options->mechanisms)) co_return mechanism_required();
  context.user = std::string(arguments);
  co_return ok("Send the password.");
}

// What follows PASS and one space is the password, spaces and all.
Task<Reply> cmd_pass(Context& context, std::string_view arguments) {
  if (!context.may_log_in()) co_return privacy_required(context);
  if (!takes_plain_passwords(context.services.options->mechanisms)) co_return mechanism_required();
  if (!context.user) co_return err("USER comes first.");
  AskLogin question{*std::exchange(context.user, std::nullopt), Secret(std::string(arguments))};
  co_await context.wait(std::move(question));
  co_return co_await logged_in(context);
}

}  // namespace yubin::pop3
