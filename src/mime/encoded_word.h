// The text of header fields: encoded-words (RFC 2047), in every form they really come in, and bare 8-bit text.
#pragma once

#include <string_view>

#include "mime/charset.h"

namespace yubin::mime {

// The text of an unfolded field value, or of a display name, comment or parameter. Linear, never fails. `step` is the
// most doubtful one that a piece of it needed.
//
// Words beside each other are one text: their bytes are put together before they are read in their charset, so a
// character or a shift state may go on from one to the next. Beyond RFC 2047 it takes: words inside quotes and words
// that touch other text; spaces, missing padding and a missing "?=" at the end; words of any length; no charset; text
// in ISO-2022-JP, Shift_JIS, EUC-JP or UTF-8 that is not encoded at all. Controls become spaces: the result fits in a
// line.
DecodedText decode_header(std::string_view value);

}  // namespace yubin::mime
