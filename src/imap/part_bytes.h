// The bytes of a part without its Content-Transfer-Encoding, as they are read: in slices, never the whole part at once.
#pragma once

#include <functional>

#include "imap/context.h"
#include "mime/structure.h"

namespace yubin::imap {

// Whether we know the part's encoding (RFC 2045 section 6.1).
bool is_known_encoding(mime::Part const& part);

// Calls `take` with each piece. Errors: those of the store; corrupt (the message is shorter than its summary says).
Task<Result<>> read_decoded(Context& context, store::Card const& card, mime::Part const& part,
                            std::function<void(std::string_view)> take);

}  // namespace yubin::imap
