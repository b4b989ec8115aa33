// The public suffix list, as Debian ships it in libpsl: below which names do different people register their domains?
#pragma once

#include <string_view>

namespace yubin::policy {

// In A-labels. Any thread.
bool is_public_suffix(std::string_view domain);

}  // namespace yubin::policy
