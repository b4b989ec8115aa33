#include "imap/search_fold.h"

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/text.h"

namespace yubin::imap {

namespace {

using Units = std::u16string;  // UChar is char16_t

std::optional<Units> to_utf16(std::string_view utf8) {
  Units out(utf8.size(), u'\0');  // never more units than bytes
  std::int32_t length = 0;
  UErrorCode error = U_ZERO_ERROR;
  u_strFromUTF8(out.data(), static_cast<std::int32_t>(out.size()), &length, utf8.data(),
                static_cast<std::int32_t>(utf8.size()), &error);
  if (U_FAILURE(error) != 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::optional<Units> normalized(Units const& text) {
  UErrorCode error = U_ZERO_ERROR;
  UNormalizer2 const* folder = unorm2_getNFKCCasefoldInstance(&error);
  if (U_FAILURE(error) != 0) return std::nullopt;
  Units out(text.size() + text.size() / 2 + 32, u'\0');
  for (;;) {
    error = U_ZERO_ERROR;
    std::int32_t const length = unorm2_normalize(folder, text.data(), static_cast<std::int32_t>(text.size()),
                                                 out.data(), static_cast<std::int32_t>(out.size()), &error);
    if (U_FAILURE(error) != 0 && error != U_BUFFER_OVERFLOW_ERROR) return std::nullopt;
    out.resize(static_cast<std::size_t>(length));
    if (U_SUCCESS(error) != 0) return out;
  }
}

std::optional<std::string> to_utf8(Units const& text) {
  std::string out(text.size() * 3, '\0');  // never more bytes
  std::int32_t length = 0;
  UErrorCode error = U_ZERO_ERROR;
  u_strToUTF8(out.data(), static_cast<std::int32_t>(out.size()), &length, text.data(),
              static_cast<std::int32_t>(text.size()), &error);
  if (U_FAILURE(error) != 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(length));
  return out;
}

}  // namespace

// In UTF-8 what begins with these bytes is U+2E80 to U+9FFF: radicals, kana, Han, and the like. After folding there are
// no half-width kana. Han beyond the BMP begin with 0xf0 0xa0 and higher.
bool LineJoiner::is_wide(std::string_view character) {
  auto byte = [&](std::size_t at) { return at < character.size() ? static_cast<unsigned char>(character[at]) : 0u; };
  if (byte(0) == 0xe2) return byte(1) >= 0xba;
  if (byte(0) == 0xf0) return byte(1) >= 0xa0;
  return byte(0) >= 0xe3 && byte(0) <= 0xe9;
}

std::string LineJoiner::add(std::string_view folded) {
  std::string out;
  out.reserve(folded.size());
  for (std::size_t at = 0; at < folded.size();) {
    char const c = folded[at];
    if (c == '\r' || c == '\n') {
      held_ += c;
      ++at;
      // An empty line ends a paragraph. What nothing can follow that it would join is not held.
      after_wide_ = after_wide_ && held_ != "\n\n" && held_.size() < 4;
      if (!after_wide_) out += std::exchange(held_, {});
      continue;
    }
    std::size_t length = 1;
    while (at + length < folded.size() && (static_cast<unsigned char>(folded[at + length]) & 0xc0) == 0x80) ++length;
    std::string_view const character = folded.substr(at, length);
    bool const wide = is_wide(character);
    if (!(after_wide_ && wide)) out += held_;
    held_.clear();
    out += character;
    after_wide_ = wide;
    at += length;
  }
  return out;
}

std::string search_fold(std::string_view utf8) {
  bool const is_ascii = std::ranges::all_of(utf8, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  bool const is_small = utf8.size() < std::numeric_limits<std::int32_t>::max() / 4;
  if (is_ascii || !is_small) return to_lower(utf8);
  std::optional<Units> const units = to_utf16(utf8);
  std::optional<Units> const folded = units ? normalized(*units) : std::nullopt;
  std::optional<std::string> out = folded ? to_utf8(*folded) : std::nullopt;
  return out ? *std::move(out) : to_lower(utf8);
}

}  // namespace yubin::imap
