#include "imap/search_fold.h"

namespace yubin::imap {

namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Where it begins.
std::size_t last_character(std::string_view text) {
  std::size_t at = text.size() - 1;
  while (at > 0 && is_continuation(text[at])) --at;
  return at;
}

}  // namespace

// In UTF-8 what begins with these bytes is U+2E80 to U+9FFF: radicals, kana, Han, and the like. After folding there are
// no half-width kana. Han beyond the BMP begin with 0xf0 0xa0 and higher.
bool LineJoiner::is_wide(std::string_view text) {
  auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
  if (byte(0) == 0xe2) return byte(1) >= 0xba && byte(1) <= 0xbf;
  if (byte(0) == 0xf0) return byte(1) >= 0xa0 && byte(1) <= 0xbf;
  return byte(0) >= 0xe3 && byte(0) <= 0xe9;
}

std::string LineJoiner::add(std::string_view folded) {
  std::string out;
  out.reserve(held_.size() + folded.size());
  while (!folded.empty()) {
    std::string_view line = folded.substr(0, folded.find('\n'));
    folded.remove_prefix(line.size());
    while (!line.empty()) {
      std::string_view const text = line.substr(0, line.find('\r'));
      add_text(text, out);
      line.remove_prefix(text.size());
      if (line.empty()) break;
      hold('\r', out);
      line.remove_prefix(1);
    }
    if (folded.empty()) break;
    hold('\n', out);
    folded.remove_prefix(1);
  }
  return out;
}

// Without a line end.
void LineJoiner::add_text(std::string_view text, std::string& out) {
  if (text.empty()) return;
  if (!(after_wide_ && is_wide(text))) out += held_;
  held_.clear();
  out += text;
  after_wide_ = is_wide(text.substr(last_character(text)));
}

void LineJoiner::hold(char line_end, std::string& out) {
  held_ += line_end;
  // An empty line ends a paragraph. What nothing can follow that it would join is not held.
  after_wide_ = after_wide_ && held_ != "\n\n" && held_.size() < 4;
  if (!after_wide_) out += std::exchange(held_, {});
}

}  // namespace yubin::imap
