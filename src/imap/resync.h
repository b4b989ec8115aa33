// SELECT with QRESYNC (RFC 7162 section 3.2.5): what happened in a mailbox since a client saw it last.
#pragma once

#include "imap/context.h"
#include "imap/select_grammar.h"

namespace yubin::imap {

// After the mailbox has been opened: VANISHED (EARLIER), then FETCH with flags. What the client claims to remember only
// chooses among what there is; the work is bounded by the mailbox and its change log. In slices.
Task<Result<>> resynchronize(Context& context, Resync resync);

}  // namespace yubin::imap
