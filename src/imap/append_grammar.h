// The arguments of APPEND (RFC 9051 section 6.3.12), of which there may be several messages (RFC 3502). Each piece is
// read when it has come: what stands before a message's octets.
#pragma once

#include <optional>
#include <string>

#include "imap/grammar.h"

namespace yubin::imap {

// Up to the octets of one message.
struct MessageHead {
  FlagList flags;
  std::optional<mime::DateTime> date;
  LiteralHead literal{};
  bool utf8 = false;  // inside UTF8 (…): its ) follows the octets (RFC 6855 section 4)
};

// SP mailbox
Result<std::string> append_mailbox(Cursor& cursor);
// SP [flag-list SP] [date-time SP] append-data, and nothing behind it.
Result<MessageHead> message_head(Cursor& cursor);

}  // namespace yubin::imap
