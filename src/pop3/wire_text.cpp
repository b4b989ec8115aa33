#include "pop3/wire_text.h"

#include <algorithm>
#include <utility>

namespace yubin::pop3 {

namespace {

constexpr std::string_view kNulReplacement = "\x80";
constexpr std::size_t kBlock = 1024;

bool is_special(char c) {
  return c == '\r' || c == '\n' || c == '\0';
}

// Whether `bytes`, behind a character `before`, can go out as they are. Without a branch for each byte, since every
// byte that is sent passes here.
bool is_plain(std::string_view bytes, char before) {
  bool bad = false;
  for (char const c : bytes) {
    bool const stands_alone = (before == '\r') != (c == '\n');
    bool const is_dot = before == '\n' && c == '.';
    bad |= stands_alone || is_dot || c == '\0';
    before = c;
  }
  return !bad && before != '\r';
}

}  // namespace

void WireText::put(std::string_view bytes, std::string& out) {
  while (!bytes.empty() && !done_) {
    std::string_view block = bytes.substr(0, kBlock);
    // What a CR at the end means, the byte behind it tells.
    if (block.size() > 1 && block.ends_with('\r')) block.remove_suffix(1);
    bytes.remove_prefix(block.size());
    if (body_lines_ != kAll || pending_cr_ || !is_plain(block, at_line_start_ ? '\n' : ' ')) {
      put_by_lines(block, out);
    } else {
      out += block;
      at_line_start_ = block.ends_with('\n');
    }
  }
}

void WireText::put_by_lines(std::string_view bytes, std::string& out) {
  while (!bytes.empty() && !done_) {
    if (std::exchange(pending_cr_, false)) {
      if (bytes.front() == '\n') bytes.remove_prefix(1);
      end_line(out);
      continue;
    }
    auto const special = std::ranges::find_if(bytes, is_special);
    auto const length = static_cast<std::size_t>(special - bytes.begin());
    put_text(bytes.substr(0, length), out);
    if (special == bytes.end()) return;
    bytes.remove_prefix(length + 1);
    if (*special == '\n') end_line(out);
    if (*special == '\r') pending_cr_ = true;
    if (*special == '\0') put_text(kNulReplacement, out);
  }
}

void WireText::put_text(std::string_view text, std::string& out) {
  if (text.empty()) return;
  if (at_line_start_ && text.front() == '.') out += '.';
  out += text;
  at_line_start_ = false;
}

void WireText::end_line(std::string& out) {
  bool const blank = std::exchange(at_line_start_, true);
  out += "\r\n";
  if (body_lines_ == kAll) return;
  if (in_body_) {
    --body_lines_;
  } else {
    in_body_ = blank;
  }
  done_ = in_body_ && body_lines_ == 0;
}

void WireText::finish(std::string& out) {
  if (pending_cr_ || !at_line_start_) out += "\r\n";
  out += ".\r\n";
}

}  // namespace yubin::pop3
