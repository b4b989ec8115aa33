#include "report/words.h"

#include <algorithm>

#include "base/text.h"
#include "mime/lexer.h"

namespace yubin::report {

namespace {

constexpr std::size_t kMostWord = 255;  // a domain (RFC 1035 section 2.3.4)

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Bytes of the UTF-8 character that begins here; 0: none does.
std::size_t length_at(std::string_view text, std::size_t at) {
  if (static_cast<unsigned char>(text[at]) < 0x80) return 1;
  std::size_t length = 1;
  while (at + length < text.size() && is_continuation(text[at + length])) ++length;
  return mime::is_utf8(text.substr(at, length)) ? length : 0;
}

// What acts on a terminal or turns the order of what stands beside it: controls (C1 too), marks of direction, ends of
// lines and paragraphs.
bool is_wild(std::string_view character) {
  if (character.size() == 1) return character[0] < ' ' || character[0] == '\x7f';
  return (character >= "\xc2\x80" && character <= "\xc2\x9f") || character == "\xd8\x9c" ||
         character == "\xe2\x80\x8e" || character == "\xe2\x80\x8f" ||
         (character >= "\xe2\x80\xa8" && character <= "\xe2\x80\xae") ||
         (character >= "\xe2\x81\xa6" && character <= "\xe2\x81\xa9");
}

}  // namespace

std::string tame(std::string_view text, std::size_t most) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const length = length_at(text, at);
    std::string_view const character = length == 0 ? std::string_view("?") : text.substr(at, length);
    at += std::max<std::size_t>(length, 1);
    if (out.empty() && character.size() == 1 && trim(character).empty()) continue;
    std::string_view const tamed = is_wild(character) ? std::string_view(" ") : character;
    if (out.size() + tamed.size() > most) break;
    out += tamed;
  }
  return std::string(trim(out));
}

std::string tame_word(std::string_view text) {
  return to_lower(tame(text, kMostWord));
}

}  // namespace yubin::report
