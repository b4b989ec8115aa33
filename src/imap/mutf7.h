// Modified UTF-7, in which IMAP4rev1 writes mailbox names (RFC 3501 section 5.1.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yubin::imap {

// `utf8` must be valid UTF-8.
std::string encode_mutf7(std::string_view utf8);

// Empty if the text is not what encode_mutf7() writes: an octet that is no printable US-ASCII, base64 of what could
// stand for itself, a wrong or unfinished shift, half a surrogate pair. So a name has one encoding only.
std::optional<std::string> decode_mutf7(std::string_view text);

}  // namespace yubin::imap
