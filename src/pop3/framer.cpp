#include "pop3/framer.h"

#include <string.h>  // explicit_bzero

namespace yubin::pop3 {

namespace {
constexpr std::size_t kKeptCapacity = 1024;  // of the buffer of an idle connection
}

void Framer::receive(std::string_view bytes) {
  buffer_.erase(0, head_);
  head_ = 0;
  buffer_.append(bytes);
}

// Used bytes are wiped, a password may be among them; memory is given back when nothing is left.
void Framer::drop(std::size_t count) {
  ::explicit_bzero(buffer_.data() + head_, count);
  head_ += count;
  scanned_ = 0;
  if (head_ < buffer_.size()) return;
  buffer_.clear();
  head_ = 0;
  if (buffer_.capacity() > kKeptCapacity) buffer_.shrink_to_fit();
}

std::optional<Framer::Line> Framer::next() {
  std::string_view const rest = std::string_view(buffer_).substr(head_);
  std::size_t const end = rest.find('\n', scanned_);
  std::size_t const seen = end == std::string_view::npos ? rest.size() : end + 1;
  if (seen > kMaxLine) return Flaw::too_long;
  if (end == std::string_view::npos) {
    scanned_ = rest.size();
    return std::nullopt;
  }
  std::string text(rest.substr(0, end));
  drop(seen);
  if (text.find('\r') + 1 != text.size() || text.empty()) return Flaw::bare_line_end;
  text.pop_back();
  if (text.find('\0') != std::string::npos) return Flaw::nul;
  return text;
}

}  // namespace yubin::pop3
