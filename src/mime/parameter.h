// The text of a parameter, above all a file name, in the forms of RFC 2231 and in those that software uses instead.
#pragma once

#include <optional>
#include <string_view>

#include "mime/charset.h"
#include "mime/content_type.h"
#include "mime/structure.h"

namespace yubin::mime {

// The text of parameter `name` (lower-case); nullopt if it is absent. n log n in the number of parameters.
//
// RFC 2231's forms count before a plain value. Its pieces are put together before they are read in their charset, so a
// shift state may go on from one to the next. Beyond RFC 2231 it takes: pieces counted from 1, in any order, with
// encoded-words in them; a missing charset; encoded-words (RFC 2047) and bare Japanese in plain values.
std::optional<DecodedText> decode_parameter(Parameters const& parameters, std::string_view name);

// What a part calls its file: filename of Content-Disposition, else name of Content-Type. The name is the sender's: it
// may hold path separators.
std::optional<DecodedText> decode_file_name(Part const& part);

}  // namespace yubin::mime
