// Tells the client what has changed in the selected mailbox since it was last told: EXPUNGE, EXISTS, FETCH with flags.
#pragma once

#include "imap/context.h"

namespace yubin::imap {

enum class Expunges { told, held };

// Does nothing without a selected mailbox. If it has been removed, says BYE (RFC 2180 section 3.3). If the store fails,
// nothing is told now; the next call tells it. In slices.
Task<Done> tell_changes(Context& context, Expunges expunges);

// `* FLAGS` and PERMANENTFLAGS of the view's mailbox.
void put_mailbox_flags(std::string& out, std::vector<std::string> const& keywords, Access access);

// `* 3 FETCH (UID 12 FLAGS (\Seen) MODSEQ (715))`, or without the flags; without the mod-sequence for a client that
// knows of none (RFC 7162 section 3.1).
enum class Flags { shown, hidden };
void put_update(Context& context, SeqNum number, store::MessageState const& state, Flags flags = Flags::shown);

// If the mailbox has got keywords that the client was not told of, tells them. FLAGS must come before their first use.
Result<> refresh_keywords(Context& context);

}  // namespace yubin::imap
