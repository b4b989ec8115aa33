// DELE and RSET (RFC 1939 section 5): nothing is removed before QUIT.
#include <fmt/format.h>

#include "pop3/command.h"

namespace yubin::pop3 {

Task<Reply> cmd_dele(Context& context, std::string_view arguments) {
  Result<Maildrop::Message*> message = context.maildrop->find(arguments);
  if (!message) co_return err(message.error().detail);
  context.maildrop->remove(**message);
  co_return ok(fmt::format("Message {} will be deleted.", context.maildrop->number_of(**message)));
}

Task<Reply> cmd_rset(Context& context, std::string_view) {
  context.maildrop->restore();
  co_return ok(fmt::format("{} messages, {} octets.", context.maildrop->count(), context.maildrop->octets()));
}

}  // namespace yubin::pop3
