#include "dns/zone_lexer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace yubin::dns {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

}  // namespace

char ZoneLexer::take() {
  char const c = rest_.front();
  rest_.remove_prefix(1);
  if (c == '\n') ++line_;
  return c;
}

void ZoneLexer::skip_comment() {
  rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
}

Result<std::optional<ZoneEntry>> ZoneLexer::next() {
  constexpr std::string_view kDirective = "; !";
  while (!rest_.empty()) {
    ZoneEntry entry{.line = line_, .begins_blank = is_blank(rest_.front()), .words = {}};
    if (rest_.starts_with(kDirective)) {
      std::string_view const line = rest_.substr(kDirective.size(), rest_.find('\n') - kDirective.size());
      entry.directive = true;
      for (std::string_view word : split(trim(line), ' '))
        if (!word.empty()) entry.words.push_back({std::string(word)});
      skip_comment();
    } else {
      TRY_VOID(read_entry(entry));
    }
    if (!entry.words.empty()) return entry;
  }
  return std::nullopt;
}

Result<> ZoneLexer::read_entry(ZoneEntry& entry) {
  bool open = false;  // a parenthesis
  while (!rest_.empty()) {
    char const c = rest_.front();
    if (c == '\n') {
      take();
      if (!open) return {};
    } else if (is_blank(c)) {
      take();
    } else if (c == ';') {
      skip_comment();
    } else if (c == '(' || c == ')') {
      if (open == (c == '(')) return fail(Errc::syntax, fmt::format("line {}: parentheses do not match", line_));
      open = !open;
      take();
    } else {
      TRY(ZoneWord one, word());
      entry.words.push_back(std::move(one));
    }
  }
  if (open) return fail(Errc::syntax, fmt::format("line {}: the parenthesis is not closed", entry.line));
  return {};
}

Result<ZoneWord> ZoneLexer::word() {
  ZoneWord out;
  out.quoted = rest_.front() == '"';
  if (out.quoted) take();
  while (!rest_.empty()) {
    char const c = rest_.front();
    bool const ends = out.quoted ? c == '"' : is_blank(c) || c == '\n' || c == ';' || c == '(' || c == ')' || c == '"';
    if (ends && out.quoted) take();
    if (ends) return out;
    take();
    if (c == '\\') {
      TRY(char const literal, escaped());
      out.text += literal;
    } else {
      out.text += c;
    }
  }
  if (out.quoted) return fail(Errc::syntax, fmt::format("line {}: the quoted string is not closed", line_));
  return out;
}

// \X, or \DDD in decimal, after the backslash.
Result<char> ZoneLexer::escaped() {
  auto const number = rest_.size() >= 3 ? parse_number(rest_.substr(0, 3)) : std::nullopt;
  if (number && *number <= 255) {
    rest_.remove_prefix(3);
    return static_cast<char>(static_cast<unsigned char>(*number));
  }
  if (rest_.empty() || rest_.front() == '\n' || is_digit(rest_.front()))
    return fail(Errc::syntax, fmt::format("line {}: a backslash is followed by a character or by three digits", line_));
  return take();
}

}  // namespace yubin::dns
