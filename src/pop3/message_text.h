// What RETR and TOP have in common: a message as a multi-line response.
#pragma once

#include <string>

#include "pop3/context.h"
#include "pop3/wire_text.h"

namespace yubin::pop3 {

// Puts `status` and the message, read from the store in slices. When reading fails before anything is said, that is the
// reply; after that the connection is cut off, since only the end of the response could tell a client that it has all.
Task<Reply> put_message(Context& context, Maildrop::Message const& message, Reply status, WireText wire);

}  // namespace yubin::pop3
