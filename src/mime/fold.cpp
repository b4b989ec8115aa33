#include "mime/fold.h"

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/text.h"

namespace yubin::mime {

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

std::string fold_text(std::string_view utf8) {
  bool const is_ascii = std::ranges::all_of(utf8, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  bool const is_small = utf8.size() < std::numeric_limits<std::int32_t>::max() / 4;
  if (is_ascii || !is_small) return to_lower(utf8);
  std::optional<Units> const units = to_utf16(utf8);
  std::optional<Units> const folded = units ? normalized(*units) : std::nullopt;
  std::optional<std::string> out = folded ? to_utf8(*folded) : std::nullopt;
  return out ? *std::move(out) : to_lower(utf8);
}

}  // namespace yubin::mime
