#include "mime/lexer.h"

#include <cstdint>
#include <cstring>

#include "base/text.h"

namespace yubin::mime {

namespace {

constexpr char kEscape = '\x1b';
constexpr std::size_t kMaxEncodedWord = 1000;  // RFC 2047 section 2 says 75; nobody keeps to it

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

unsigned char byte(char c) {
  return static_cast<unsigned char>(c);
}

// The first and second byte of a character in CP932.
bool is_lead(char c) {
  return (byte(c) >= 0x81 && byte(c) <= 0x9f) || (byte(c) >= 0xe0 && byte(c) <= 0xfc);
}
bool is_trail(char c) {
  return byte(c) >= 0x40 && byte(c) <= 0xfc && byte(c) != 0x7f;
}

// The length of the UTF-8 character at the start of `text` (RFC 3629 section 4); 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  unsigned char first = byte(text[0]);
  if (first < 0x80) return 1;
  std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                       : first >= 0xe0 && first <= 0xef ? 3
                       : first >= 0xf0 && first <= 0xf4 ? 4
                                                        : 0;
  if (length == 0 || text.size() < length) return 0;
  unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(text[1]) < low || byte(text[1]) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(text[i]) & 0xc0) != 0x80) return 0;
  }
  return length;
}

// Its first eight bytes.
bool is_ascii_8(std::string_view text) {
  if (text.size() < 8) return false;
  std::uint64_t eight = 0;
  std::memcpy(&eight, text.data(), sizeof eight);
  return (eight & 0x8080808080808080) == 0;
}

// One of U+1000 to U+CFFF.
bool is_common_3(std::string_view text) {
  return text.size() >= 3 && byte(text[0]) >= 0xe1 && byte(text[0]) <= 0xec && (byte(text[1]) & 0xc0) == 0x80 &&
         (byte(text[2]) & 0xc0) == 0x80;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    // Nearly all of a text is ASCII, or kana and Han.
    std::size_t length = is_ascii_8(text) ? 8 : is_common_3(text) ? 3 : utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::size_t jis_run(std::string_view text) {
  if (text.size() < 3 || text[0] != kEscape || text[1] != '$') return 0;
  for (std::size_t i = 2; i < text.size(); ++i) {
    if (text[i] == '\n') return i;  // RFC 1468: a line ends in ASCII
    if (text[i] == kEscape && i + 2 < text.size() && text[i + 1] == '(') return i + 3;
  }
  return text.size();
}

std::size_t encoded_word_length(std::string_view text) {
  if (!text.starts_with("=?")) return 0;
  text = text.substr(0, kMaxEncodedWord);
  int question_marks = 1;
  for (std::size_t i = 2; i < text.size(); ++i) {
    if (is_space(text[i])) return 0;
    if (text[i] != '?') continue;
    ++question_marks;
    if (question_marks < 4) continue;
    return i + 1 < text.size() && text[i + 1] == '=' ? i + 2 : 0;
  }
  return 0;
}

Lexer::Lexer(std::string_view text, std::string_view specials)
    : text_(text), specials_(specials), multibyte_(!is_utf8(text)) {}

char Lexer::peek() {
  while (position_ < text_.size() && is_space(text_[position_])) ++position_;
  return position_ < text_.size() ? text_[position_] : '\0';
}

Token Lexer::next() {
  Token token;
  std::size_t before = position_;
  char c = peek();
  token.space_before = position_ > before;
  if (position_ == text_.size()) return token;
  if (c == '(' && !unclosed_comment_ && comment(token)) return token;
  if (c == '"' && !unclosed_quote_ && quoted_string(token)) return token;
  if (c == '[' && !unclosed_bracket_ && domain_literal(token)) return token;
  if (specials_.find(c) != std::string_view::npos && c != '(' && c != '"' && c != '[') {
    token.kind = Token::Kind::special;
    token.text = c;
    ++position_;
    return token;
  }
  word(token);
  return token;
}

// Appends the character at `at`, which may be several bytes that look like others; returns its length.
std::size_t Lexer::copy_character(std::size_t at, std::string& out) const {
  std::size_t length = 1;
  if (std::size_t run = jis_run(text_.substr(at)); run > 0) {
    length = run;
  } else if (multibyte_ && is_lead(text_[at]) && at + 1 < text_.size() && is_trail(text_[at + 1])) {
    length = 2;
  }
  out.append(text_.substr(at, length));
  return length;
}

// comment = "(" *([FWS] ccontent) [FWS] ")"; nested ones are counted, not followed.
bool Lexer::comment(Token& token) {
  int depth = 1;
  for (std::size_t i = position_ + 1; i < text_.size();) {
    if (text_[i] == '\\' && i + 1 < text_.size()) {
      token.text.push_back(text_[i + 1]);
      i += 2;
      continue;
    }
    if (text_[i] == '(') ++depth;
    if (text_[i] == ')' && --depth == 0) {
      token.kind = Token::Kind::comment;
      position_ = i + 1;
      return true;
    }
    i += copy_character(i, token.text);
  }
  unclosed_comment_ = true;
  token.text.clear();
  return false;
}

// quoted-string = DQUOTE *([FWS] qcontent) [FWS] DQUOTE
bool Lexer::quoted_string(Token& token) {
  for (std::size_t i = position_ + 1; i < text_.size();) {
    if (text_[i] == '\\' && i + 1 < text_.size()) {
      token.text.push_back(text_[i + 1]);
      i += 2;
      continue;
    }
    if (text_[i] == '"') {
      token.kind = Token::Kind::quoted;
      position_ = i + 1;
      return true;
    }
    i += copy_character(i, token.text);
  }
  unclosed_quote_ = true;
  token.text.clear();
  return false;
}

bool Lexer::domain_literal(Token& token) {
  if (specials_.find('[') == std::string_view::npos) return false;
  std::size_t end = text_.find(']', position_);
  if (end == std::string_view::npos) {
    unclosed_bracket_ = true;
    return false;
  }
  token.kind = Token::Kind::domain_literal;
  token.text = text_.substr(position_ + 1, end - position_ - 1);
  position_ = end + 1;
  return true;
}

bool Lexer::ends_word(std::size_t at) const {
  char c = text_[at];
  if (is_space(c)) return true;
  if (c == '(') return !unclosed_comment_;
  if (c == '"') return !unclosed_quote_;
  if (c == '[') return !unclosed_bracket_ && specials_.find('[') != std::string_view::npos;
  return specials_.find(c) != std::string_view::npos;
}

// Takes at least one character, so that an unclosed opener cannot hold up the caller.
void Lexer::word(Token& token) {
  token.kind = Token::Kind::word;
  do {
    if (std::size_t length = encoded_word_length(text_.substr(position_)); length > 0) {
      token.text.append(text_.substr(position_, length));
      position_ += length;
    } else {
      position_ += copy_character(position_, token.text);
    }
  } while (position_ < text_.size() && !ends_word(position_));
}

}  // namespace yubin::mime
