#include "base/text.h"

#include <algorithm>
#include <charconv>

namespace yubin {

namespace {

std::string mapped(std::string_view text, char (*f)(char)) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), f);
  return out;
}

// The length of the well-formed UTF-8 character that begins `text`, 0 if there is none (RFC 3629 section 4).
std::size_t utf8_length(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  auto tail = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
  unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!tail(1) || !tail(2)) return 0;
    bool overlong = first == 0xe0 && byte(1) < 0xa0;
    bool surrogate = first == 0xed && byte(1) > 0x9f;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    bool overlong = first == 0xf0 && byte(1) < 0x90;
    bool too_large = first == 0xf4 && byte(1) > 0x8f;
    return overlong || too_large ? 0 : 4;
  }
  return 0;
}

}  // namespace

std::string to_lower(std::string_view text) {
  return mapped(text, ascii_lower);
}
std::string to_upper(std::string_view text) {
  return mapped(text, ascii_upper);
}

bool iequals(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, ascii_lower, ascii_lower);
}

bool istarts_with(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && iequals(text.substr(0, prefix.size()), prefix);
}

std::string_view trim(std::string_view text) {
  static constexpr std::string_view kBlank = " \t\r\n";
  auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    auto at = text.find(separator);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string quoted(std::string_view text, std::size_t limit) {
  static constexpr char kDigits[] = "0123456789abcdef";
  bool cut = text.size() > limit;
  std::string_view rest = text.substr(0, limit);
  std::string out = "\"";
  while (!rest.empty()) {
    std::size_t length = utf8_length(rest);
    auto c = static_cast<unsigned char>(rest.front());
    // U+0080 to U+009F: the other row of controls, which terminals obey in UTF-8 too.
    bool control = length == 2 && c == 0xc2 && static_cast<unsigned char>(rest[1]) < 0xa0;
    if (length == 0 || control || c < 0x20 || c == 0x7f || c == '"' || c == '\\') {
      out += "\\x";
      out += kDigits[c >> 4];
      out += kDigits[c & 0xf];
      length = 1;
    } else {
      out += rest.substr(0, length);
    }
    rest.remove_prefix(length);
  }
  out += cut ? "\"…" : "\"";
  return out;
}

}  // namespace yubin
