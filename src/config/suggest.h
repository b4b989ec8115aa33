// What somebody may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace yubin::config {

// The nearest of `known` if it is near enough to be meant, else empty. Names of options may have got into the wrong
// section: "imap.size_limit" finds "smtp.size_limit".
std::string_view nearest(std::string_view wrong, std::span<std::string_view const> known);

// `; did you mean "x"?` or nothing.
std::string did_you_mean(std::string_view wrong, std::span<std::string_view const> known);

}  // namespace yubin::config
