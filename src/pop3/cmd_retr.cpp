// RETR (RFC 1939 section 5).
#include <fmt/format.h>

#include "pop3/command.h"
#include "pop3/message_text.h"

namespace yubin::pop3 {

Task<Reply> cmd_retr(Context& context, std::string_view arguments) {
  Result<Maildrop::Message*> message = context.maildrop->find(arguments);
  if (!message) co_return err(message.error().detail);
  Reply status = ok(fmt::format("{} octets", (*message)->size));
  std::size_t const number = context.maildrop->number_of(**message);
  if (std::string const text = context.ahead.take(number); !text.empty()) {
    put(context.out, status);
    context.out += text;
    (*message)->retrieved = true;
    co_return told();
  }
  context.ahead.given(number);
  Reply reply = co_await put_message(context, **message, std::move(status), WireText());
  if (reply.status == Reply::Status::told && !context.closing) (*message)->retrieved = true;
  co_return reply;
}

}  // namespace yubin::pop3
