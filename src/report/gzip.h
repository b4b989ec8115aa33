// gzip (RFC 1952) and the bare DEFLATE (RFC 1951) that ZIP archives hold. What comes out is bounded before it is there:
// a bomb costs no more memory than the limit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::report {

std::string gzip(std::string_view bytes);

bool is_gzip(std::string_view bytes);  // begins as such
// All members one after the other (RFC 1952 section 2.2); what follows the last one is passed over. `room` is how many
// bytes may come out; what did is taken from it, also on an error. Errors: syntax (it is broken, or ends too early),
// limit (there is more in it than `room`).
Result<std::string> gunzip(std::string_view bytes, std::size_t& room);

Result<std::string> inflate_raw(std::string_view bytes, std::size_t& room);  // the same

}  // namespace yubin::report
