// What LIST and UIDL have in common: a line for one message, or for all that are not deleted.
#pragma once

#include <string>
#include <string_view>

#include "pop3/context.h"

namespace yubin::pop3 {

// Appends what the command tells of a message.
using Tell = void (*)(Context const& context, Maildrop::Message const& message, std::string& out);

// `number` is empty for all of them.
Task<Reply> list_messages(Context& context, std::string_view number, Tell tell);

}  // namespace yubin::pop3
