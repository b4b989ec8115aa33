#include "pop3/wire_text.h"

#include <algorithm>
#include <utility>

namespace yubin::pop3 {

namespace {

constexpr std::string_view kNulReplacement = "\x80";

bool is_special(char c) {
  return c == '\r' || c == '\n' || c == '\0';
}

}  // namespace

void WireText::put(std::string_view bytes, std::string& out) {
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
