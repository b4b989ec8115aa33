// What the commands on whole mailboxes share.
#pragma once

#include "imap/context.h"
#include "imap/cursor.h"

namespace yubin::imap {

// SP mailbox, and nothing behind it.
Result<std::string> only_mailbox(Cursor& cursor);

// Errc::not_found if there is none, Errc::syntax if there cannot be one of that name.
Result<store::Mailbox> get_mailbox_named(Context const& context, std::string_view name);

// `* LIST () "/" new ("OLDNAME" ("old"))` (RFC 9051 section 6.3.9.7), where the client's name for a mailbox is another
// one.
void put_list_name(Context& context, store::MailboxName const& name, std::string_view old_name);

}  // namespace yubin::imap
