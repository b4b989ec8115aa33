// The words of structured header fields (RFC 5322 section 3.2), as strictly as real mail permits. Internal to mime.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace yubin::mime {

// Unquoted Japanese in a header: from ESC $ to the ESC ( that ends it, every byte is half a character, even a quote,
// a comma or a backslash. The length of such a run at the start of `text`; 0 if there is none.
std::size_t jis_run(std::string_view text);

// The length of an encoded-word (RFC 2047 section 2) at the start of `text`; 0 if there is none. Looks at shape only.
std::size_t encoded_word_length(std::string_view text);

bool is_utf8(std::string_view text);

struct Token {
  enum class Kind { end, word, quoted, comment, domain_literal, special };
  Kind kind = Kind::end;
  std::string text;           // without quotes and quoting backslashes, brackets, outer parentheses
  bool space_before = false;  // white space or a comment stood before it
};

// Cuts a field's value into tokens: comment, quoted-string, domain-literal, one of `specials`, and anything else
// between them as a word. A parenthesis, quote or bracket that is never closed is part of a word. Linear in the length
// of the text, which must outlive it.
class Lexer {
 public:
  // `specials` must hold `(`, `"` and, if wanted, `[`.
  Lexer(std::string_view text, std::string_view specials);

  Token next();
  std::size_t position() const { return position_; }
  void move_to(std::size_t position) { position_ = position; }
  // The next character that is not white space, without taking it; '\0' at the end.
  char peek();
  std::string_view text() const { return text_; }

 private:
  bool comment(Token& token);
  bool quoted_string(Token& token);
  bool domain_literal(Token& token);
  void word(Token& token);
  std::size_t copy_character(std::size_t at, std::string& out) const;
  bool ends_word(std::size_t at) const;

  std::string_view text_;
  std::string_view specials_;
  std::size_t position_ = 0;
  bool multibyte_;  // 8-bit text that is not UTF-8: a backslash may be half a Shift_JIS character
  bool unclosed_comment_ = false;
  bool unclosed_quote_ = false;
  bool unclosed_bracket_ = false;
};

}  // namespace yubin::mime
