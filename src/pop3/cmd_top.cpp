// TOP (RFC 1939 section 7).
#include "base/text.h"
#include "pop3/command.h"
#include "pop3/message_text.h"

namespace yubin::pop3 {

// TOP SP msg SP n
Task<Reply> cmd_top(Context& context, std::string_view arguments) {
  std::size_t const space = arguments.find(' ');
  if (space == std::string_view::npos) co_return err("TOP wants a message number and a number of lines.");
  auto const lines = parse_number(arguments.substr(space + 1));
  if (!lines) co_return err("That is not a number of lines.");
  Result<Maildrop::Message*> message = context.maildrop->find(arguments.substr(0, space));
  if (!message) co_return err(message.error().detail);
  co_return co_await put_message(context, **message, ok("These are the first lines:"), WireText(*lines));
}

}  // namespace yubin::pop3
