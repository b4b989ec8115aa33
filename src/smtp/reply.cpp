#include "smtp/reply.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

namespace yubin::smtp {

namespace {

constexpr std::size_t kMaxReplyLine = 512;  // RFC 5321 section 4.5.3.1.5, with the CR LF
constexpr std::size_t kMaxReplyLines = 100;

// textstring = 1*(%d09 / %d32-126) (RFC 5321 section 4.2)
char printable(char c) {
  if (c == '\r' || c == '\n') return ' ';
  return c == '\t' || (c >= ' ' && c < 0x7f) ? c : '?';
}

}  // namespace

std::string EnhancedStatus::text() const {
  return fmt::format("{}.{}.{}", status_class, subject, detail);
}

Reply::Reply(int code, std::optional<EnhancedStatus> status, std::vector<std::string> lines)
    : code_(code), status_(status), lines_(std::move(lines)) {
  YUBIN_ASSERT(code_ >= 200 && code_ <= 599);
  YUBIN_ASSERT(!status_ || status_->status_class == code_ / 100);
  YUBIN_ASSERT(!lines_.empty());
}

Reply::Reply(int code, EnhancedStatus status, std::string line)
    : Reply(code, std::optional(status), std::vector{std::move(line)}) {}

Reply::Reply(int code, EnhancedStatus status, std::vector<std::string> lines)
    : Reply(code, std::optional(status), std::move(lines)) {}

Reply Reply::plain(int code, std::vector<std::string> lines) {
  return {code, std::optional<EnhancedStatus>(), std::move(lines)};
}

std::string Reply::encode() const {
  std::string out;
  std::size_t count = std::min(lines_.size(), kMaxReplyLines);
  // RFC 2034 section 4: the enhanced status code stands on every line of a multi-line reply.
  std::string const status = status_ ? status_->text() + " " : "";
  for (std::size_t i = 0; i < count; ++i) {
    std::string line = fmt::format("{}{}{}{}", code_, i + 1 < count ? '-' : ' ', status, lines_[i]);
    line.resize(std::min(line.size(), kMaxReplyLine - 2));
    std::ranges::transform(line, line.begin(), printable);
    out += line;
    out += "\r\n";
  }
  return out;
}

}  // namespace yubin::smtp
