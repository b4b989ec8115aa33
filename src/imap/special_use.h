// Special-use attributes (RFC 6154 section 2).
#pragma once

#include <string_view>

#include "imap/cursor.h"
#include "store/types.h"

namespace yubin::imap {

std::string_view use_name(store::SpecialUse use);  // "\Sent"; empty for none

// Errc::not_found if the attribute is none of ours.
Result<store::SpecialUse> use_attribute(Cursor& cursor);

}  // namespace yubin::imap
