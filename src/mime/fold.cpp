#include "mime/fold.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/text.h"
#include "mime/lexer.h"

namespace yubin::mime {

namespace {

std::optional<std::string> normalized(std::string_view utf8) {
  UErrorCode error = U_ZERO_ERROR;
  icu::Normalizer2 const* const folder = icu::Normalizer2::getNFKCCasefoldInstance(error);
  if (U_FAILURE(error) != 0) return std::nullopt;
  std::string out;
  out.reserve(utf8.size() + 32);
  icu::StringByteSink<std::string> sink(&out);
  folder->normalizeUTF8(0, icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())), sink, nullptr, error);
  if (U_FAILURE(error) != 0) return std::nullopt;
  return out;
}

}  // namespace

std::string fold_text(std::string_view utf8) {
  bool const is_ascii = std::ranges::all_of(utf8, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  bool const is_small = utf8.size() < std::numeric_limits<std::int32_t>::max() / 4;
  if (is_ascii || !is_small || !is_utf8(utf8)) return to_lower(utf8);
  std::optional<std::string> out = normalized(utf8);
  return out ? *std::move(out) : to_lower(utf8);
}

}  // namespace yubin::mime
