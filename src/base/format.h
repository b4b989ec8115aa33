// Formatted text at the end of a string.
#pragma once

#include <fmt/core.h>

#include <string>

namespace yubin {

void append_formatted(std::string& out, fmt::string_view format, fmt::format_args args);

// As fmt::format_to(std::back_inserter(out), ...), which would compile all of fmt into each source that says so.
template <class... T>
void append_format(std::string& out, fmt::format_string<T...> format, T&&... args) {
  append_formatted(out, format, fmt::make_format_args(args...));
}

}  // namespace yubin
