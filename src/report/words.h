// Text of reports, which others have written, as it is kept and shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yubin::report {

inline constexpr std::size_t kMostText = 1000;  // bytes of one text that is kept

// Without controls and marks of direction (each a space), what is no UTF-8 as "?", without white space at its ends, and
// cut between two characters.
std::string tame(std::string_view text, std::size_t most = kMostText);
// The same in lower case and short: a domain, a result.
std::string tame_word(std::string_view text);

}  // namespace yubin::report
