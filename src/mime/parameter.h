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

// RFC 2231 section 6, RFC 9051 section 7.5.2: the pieces of a value (name*0, name*1*) put together as `name`, or as
// `name*` if one of them has percent signs; those stay, with the charset, so that it is still RFC 2231's form. It
// stands in for a `name` or `name*` beside it. decode_parameter() of the result is that of `parameters`.
Parameters join_continuations(Parameters const& parameters);

// What a part calls its file: filename of Content-Disposition, else name of Content-Type. The name is the sender's: it
// may hold path separators.
std::optional<DecodedText> decode_file_name(Part const& part);

}  // namespace yubin::mime
