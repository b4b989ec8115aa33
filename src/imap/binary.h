// BINARY and BINARY.SIZE of FETCH (RFC 3516, RFC 9051 section 6.4.5): a part without its transfer encoding.
#pragma once

#include "imap/context.h"
#include "imap/fetch_grammar.h"
#include "mime/summary.h"

namespace yubin::imap {

// Puts the item's value, NIL if there is none. A part is read twice, first for its size: memory stays small whatever
// the part's size. The reply that the command must end with, if something failed: UNKNOWN-CTE, or a failure of the
// store.
Task<std::optional<Reply>> put_binary(Context& context, BodyItem const& item, store::Card const& card,
                                      mime::Summary const& summary);

}  // namespace yubin::imap
