#include "mime/content_type.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mime/lexer.h"

namespace yubin::mime {

namespace {

// token (RFC 2045 section 5.1)
bool is_token(char c) {
  return c > ' ' && c < 0x7f && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_token(c); });
}

// "name=...", where a semicolon was forgotten before it.
bool begins_parameter(std::string_view word) {
  std::size_t equals = word.find('=');
  return equals != std::string_view::npos && is_token(word.substr(0, equals));
}

class FieldParser {
 public:
  explicit FieldParser(std::string_view value) : lexer_(value, ";()\"") {}

  std::string token();
  bool skip(char wanted);
  Parameters parameters(std::size_t max);

 private:
  std::string value();

  Lexer lexer_;
};

// White space and comments (or a parenthesis that never closes, with what sticks to it), then a token, perhaps empty;
// lower-case.
std::string FieldParser::token() {
  while (lexer_.peek() == '(') lexer_.next();
  std::string_view rest = lexer_.text().substr(lexer_.position());
  auto end = std::ranges::find_if_not(rest, [](char c) { return is_token(c); });
  std::string_view found = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  lexer_.move_to(lexer_.position() + found.size());
  return to_lower(found);
}

bool FieldParser::skip(char wanted) {
  if (lexer_.peek() != wanted) return false;
  lexer_.move_to(lexer_.position() + 1);
  return true;
}

Parameters FieldParser::parameters(std::size_t max) {
  Parameters out;
  while (lexer_.peek() != '\0' && out.size() < max) {
    std::string name = token();
    if (!name.empty() && skip('=')) {
      out.push_back({.name = std::move(name), .value = value()});
    } else if (name.empty() && lexer_.position() < lexer_.text().size()) {
      lexer_.move_to(lexer_.position() + 1);  // a semicolon, or something that is no parameter
    }
  }
  return out;
}

// Up to the semicolon; what follows a quoted string is dropped.
std::string FieldParser::value() {
  std::string out;
  bool quoted = false;
  for (;;) {
    std::size_t before = lexer_.position();
    Token token = lexer_.next();
    if (token.kind == Token::Kind::end) return out;
    if (token.kind == Token::Kind::special && token.text == ";") return out;
    bool may_begin = quoted || (token.space_before && !out.empty());
    if (may_begin && token.kind == Token::Kind::word && begins_parameter(token.text)) {
      lexer_.move_to(before);
      return out;
    }
    if (quoted || token.kind == Token::Kind::comment) continue;
    quoted = token.kind == Token::Kind::quoted && out.empty();
    if (token.space_before && !out.empty()) out.push_back(' ');
    out += token.text;
  }
}

}  // namespace

Parameter const* find_parameter(Parameters const& parameters, std::string_view name) {
  auto found = std::ranges::find(parameters, name, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

std::optional<ContentType> parse_content_type(std::string_view value, std::size_t max_parameters) {
  FieldParser parser(value);
  ContentType out;
  out.type = parser.token();
  out.subtype = parser.skip('/') ? parser.token() : "";
  if (out.subtype.empty() && out.type == "text") out.subtype = "plain";
  if (out.subtype.empty() && out.type == "multipart") out.subtype = "mixed";
  if (out.type.empty() || out.subtype.empty()) return std::nullopt;
  out.parameters = parser.parameters(max_parameters);
  return out;
}

Disposition parse_disposition(std::string_view value, std::size_t max_parameters) {
  FieldParser parser(value);
  Disposition out;
  out.type = parser.token();
  if (out.type.empty()) return out;
  // "filename=x" alone: what was meant is an attachment.
  if (parser.skip('=')) {
    parser = FieldParser(value);
    out.type = "attachment";
  }
  out.parameters = parser.parameters(max_parameters);
  return out;
}

}  // namespace yubin::mime
