// Small helpers for ASCII protocol text. None of them knows a locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yubin {

constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool iequals(std::string_view a, std::string_view b);               // without ASCII case
bool istarts_with(std::string_view text, std::string_view prefix);  // without ASCII case

std::string_view trim(std::string_view text);  // without leading and trailing SP, HTAB, CR, LF; points into `text`
// The pieces between separators, empty ones too; they point into `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

// Decimal digits only, no sign, no blank; empty if not so or if it does not fit.
std::optional<std::uint64_t> parse_number(std::string_view text);

// A peer's bytes for a log line or a terminal: in double quotes, controls (C1 too), quotes, backslashes and invalid
// UTF-8 as \xNN, cut after `limit` bytes of input with "…".
std::string quoted(std::string_view text, std::size_t limit = 200);

}  // namespace yubin
