#include "imap/search_fold.h"

namespace yubin::imap {

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

}  // namespace yubin::imap
