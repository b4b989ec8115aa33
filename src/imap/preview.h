// PREVIEW of FETCH (RFC 8970): how a message's text begins.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "imap/context.h"
#include "mime/summary.h"

namespace yubin::imap {

inline constexpr std::size_t kPreviewCharacters = 200;  // RFC 8970 section 3.2: 256 at most, 200 recommended

// Text in one line: blanks are one blank, quoted lines and, in HTML, tags, styles and scripts are left out.
enum class Markup { plain, html };
std::string preview_of(std::string_view utf8, Markup markup);

// Reads the first bytes of the first part with text, never more. None: there is no such part.
Result<std::optional<std::string>> find_preview(store::Store const& store, store::Card const& card,
                                                mime::Summary const& summary);

}  // namespace yubin::imap
