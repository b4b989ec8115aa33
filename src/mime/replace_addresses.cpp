#include "mime/replace_addresses.h"

#include "mime/lexer.h"

namespace yubin::mime {

namespace {

constexpr std::string_view kEnds = "()<>@,;:\\\"[] \t\r\n";

// Behind what begins at `at` with `open`: a comment, which may hold others, or a quoted string. One that does not end
// is as long as the text.
std::size_t end_of_enclosed(std::string_view text, std::size_t at, char open, char close) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == close && (open == close ? depth++ > 0 : --depth == 0)) {
      return at + 1;
    } else if (text[at] == open && open != close) {
      ++depth;
    }
  }
  return text.size();
}

std::size_t end_of_word(std::string_view text, std::size_t at) {
  std::size_t const end = text.find_first_of(kEnds, at);
  return end == std::string_view::npos ? text.size() : end;
}

std::size_t end_of_domain(std::string_view text, std::size_t at) {
  if (at < text.size() && text[at] == '[') {
    std::size_t const end = text.find(']', at);
    return end == std::string_view::npos ? at : end + 1;
  }
  return end_of_word(text, at);
}

// Behind the word, string or comment at `at`; the same if none begins there.
std::size_t end_of_token(std::string_view text, std::size_t at) {
  if (text[at] == '(') return end_of_enclosed(text, at, '(', ')');
  if (text[at] == '"') return end_of_enclosed(text, at, '"', '"');
  return end_of_word(text, at);
}

}  // namespace

std::string replace_addresses(std::string_view value, ReplaceAddress const& replace) {
  std::string out;
  std::size_t copied = 0;
  std::size_t word_end = std::string_view::npos;  // of the last word or string
  for (std::size_t at = 0; at < value.size();) {
    if (std::size_t const japanese = jis_run(value.substr(at)); japanese > 0) {
      at += japanese;
      continue;
    }
    std::size_t const begin = at;
    std::size_t const end = end_of_token(value, at);
    at = end > begin ? end : begin + 1;
    bool const is_word = end > begin && value[begin] != '(';
    // What is glued to another word is the obsolete form a."b"@c, or none at all.
    bool const is_whole = begin != word_end;
    if (is_word) word_end = end;
    bool const is_local = is_word && is_whole && end < value.size() && value[end] == '@';
    if (!is_local) continue;
    std::size_t const last = end_of_domain(value, end + 1);
    at = last;
    word_end = last;
    Result<Address> const address = Address::parse(value.substr(begin, last - begin));
    std::optional<Address> const other = address ? replace(*address) : std::nullopt;
    if (!other) continue;
    out += value.substr(copied, begin - copied);
    out += other->text();
    copied = last;
  }
  out += value.substr(copied);
  return out;
}

}  // namespace yubin::mime
