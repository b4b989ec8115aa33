// What the commands on whole mailboxes share.
#pragma once

#include "imap/context.h"
#include "imap/cursor.h"

namespace yubin::imap {

// SP mailbox, and nothing behind it.
Result<std::string> only_mailbox(Cursor& cursor);

// Errc::not_found if there is none, Errc::syntax if there cannot be one of that name.
Result<store::Mailbox> get_mailbox_named(Context const& context, std::string_view name);

}  // namespace yubin::imap
