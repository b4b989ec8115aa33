#include "pop3/listing.h"

#include <fmt/format.h>

namespace yubin::pop3 {

namespace {

constexpr std::size_t kBetweenPauses = 256;  // messages

std::string line(Context const& context, Maildrop::Message const& message, Tell tell) {
  std::string text = std::to_string(context.maildrop->number_of(message)) + " ";
  tell(context, message, text);
  return text;
}

}  // namespace

Task<Reply> list_messages(Context& context, std::string_view number, Tell tell) {
  if (!number.empty()) {
    Result<Maildrop::Message*> message = context.maildrop->find(number);
    if (!message) co_return err(message.error().detail);
    co_return ok(line(context, **message, tell));
  }
  put(context.out, ok(fmt::format("{} messages.", context.maildrop->count())));
  std::size_t passed = 0;
  for (Maildrop::Message const& message : context.maildrop->messages()) {
    if (!message.deleted) context.out += line(context, message, tell) + "\r\n";
    if (++passed % kBetweenPauses == 0) co_await context.pause();
  }
  context.out += ".\r\n";
  co_return told();
}

}  // namespace yubin::pop3
