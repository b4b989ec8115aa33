// What is announced (RFC 9051 section 6.1.1): one list, and which of it is true now.
#pragma once

#include <string>

#include "imap/context.h"

namespace yubin::imap {

std::string capabilities(Context const& context);

}  // namespace yubin::imap
