// Sizes and counts on the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::cli {

// "5G", "500M", "100K", "1.5T" (powers of 1024), or a number of bytes. Errors: syntax.
Result<std::uint64_t> parse_size(std::string_view text);
std::string size_text(std::uint64_t bytes);  // "1.5 GiB"

}  // namespace yubin::cli
