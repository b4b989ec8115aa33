#include "smtp/remote_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mime/lexer.h"
#include "smtp/grammar.h"

namespace yubin::smtp {

namespace {

std::string clean(std::string_view text) {
  std::string out(text);
  bool const utf8 = mime::is_utf8(text);
  for (char& c : out) {
    bool const ascii = static_cast<unsigned char>(c) < 0x80;
    if (c == '\t') {
      c = ' ';
    } else if (ascii ? c < ' ' || c == 0x7f : !utf8) {
      c = '?';
    }
  }
  return out;
}

// 1*3DIGIT
std::optional<std::uint16_t> status_number(Cursor& in) {
  std::string_view const digits = in.take_while(is_digit);
  if (digits.size() > 3) return std::nullopt;
  auto const number = parse_number(digits);
  if (!number) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

// status-code = class "." subject "." detail (RFC 3463 section 2), and the end of the text or a blank after it.
std::optional<EnhancedStatus> enhanced_status(std::string_view text) {
  Cursor in(text);
  auto const status_class = status_number(in);
  if (!status_class || !in.skip('.')) return std::nullopt;
  auto const subject = status_number(in);
  if (!subject || !in.skip('.')) return std::nullopt;
  auto const detail = status_number(in);
  if (!detail || (!in.at_end() && !in.next_is(' '))) return std::nullopt;
  return EnhancedStatus{*status_class, *subject, *detail};
}

// Reply-code = %x32-35 %x30-35 %x30-39; any second digit is taken, there are servers with codes of their own.
std::optional<int> reply_code(std::string_view line) {
  if (line.size() < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
    return std::nullopt;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

}  // namespace

std::string RemoteReply::text() const {
  std::string out = fmt::to_string(code);
  std::string const repeated = status ? status->text() + " " : "";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    // RFC 2034 section 4: the enhanced status code stands on every line; once is enough.
    if (i > 0 && line.starts_with(repeated)) line.remove_prefix(repeated.size());
    out += fmt::format(" {}", line);
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

ReplyFramer::Step ReplyFramer::next(Input& input) {
  for (;;) {
    std::string_view const rest = input.rest();
    std::size_t const end = rest.find('\n', scanned_);
    if (std::min(end, rest.size()) >= kMaxLine) return Fault::too_long;
    if (end == std::string_view::npos) {
      scanned_ = rest.size();
      return NeedMore{};
    }
    scanned_ = 0;
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto step = take(line);
    input.consume(end + 1);
    if (step) return std::move(*step);
  }
}

// Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
std::optional<ReplyFramer::Step> ReplyFramer::take(std::string_view line) {
  auto const code = reply_code(line);
  bool const more = line.size() > 3 && line[3] == '-';
  if (!code || (line.size() > 3 && !more && line[3] != ' ')) return Fault::not_a_reply;
  size_ += line.size() + 2;
  if (reply_.lines.size() == kMaxLines || size_ > kMaxReply) return Fault::too_long;
  reply_.lines.push_back(clean(line.substr(std::min<std::size_t>(4, line.size()))));
  if (more) return std::nullopt;
  reply_.code = *code;
  reply_.status = enhanced_status(reply_.lines.front());
  if (reply_.status && reply_.status->status_class != reply_.first_digit()) reply_.status.reset();
  size_ = 0;
  return std::exchange(reply_, {});
}

}  // namespace yubin::smtp
