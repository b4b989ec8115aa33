// Japanese text in the charsets that a client may search in. For tests.
#pragma once

#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace yubin::kit {

struct Charset {
  char const* label;
  char const* converter;  // ICU's
};
inline constexpr std::array kCharsets = {Charset{"UTF-8", "UTF-8"}, Charset{"ISO-2022-JP", "ISO-2022-JP"},
                                         Charset{"Shift_JIS", "windows-31j"}, Charset{"EUC-JP", "EUC-JP"}};

inline std::string convert(std::string const& text, char const* from, char const* to) {
  UErrorCode error = U_ZERO_ERROR;
  std::string out(text.size() * 4 + 32, '\0');
  std::int32_t const length = ucnv_convert(to, from, out.data(), static_cast<std::int32_t>(out.size()), text.data(),
                                           static_cast<std::int32_t>(text.size()), &error);
  EXPECT_FALSE(U_FAILURE(error)) << to;
  out.resize(static_cast<std::size_t>(length));
  return out;
}

inline std::string in_charset(std::string const& utf8, Charset const& charset) {
  return convert(utf8, "UTF-8", charset.converter);
}

// nullopt: the charset does not have all these characters.
inline std::optional<std::string> find_in_charset(std::string const& utf8, Charset const& charset) {
  std::string bytes = in_charset(utf8, charset);
  if (convert(bytes, charset.converter, "UTF-8") != utf8) return std::nullopt;
  return bytes;
}

}  // namespace yubin::kit
