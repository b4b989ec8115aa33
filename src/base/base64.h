// Base64 as protocols' tokens use it (RFC 4648 section 4): strict, so that a text has one meaning. MIME bodies, where
// anything may stand between the letters, have their own decoder in mime/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yubin {

std::string to_base64(std::string_view bytes);
// Empty unless `text` is what to_base64() writes: padding is there, its bits are zero, nothing else stands in it.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace yubin
