#include "mime/address_list.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mime/lexer.h"

namespace yubin::mime {

namespace {

using Kind = ListedAddress::Kind;

constexpr std::string_view kSpecials = "()<>[]:;@,\"";

// Tokens that belong together: nothing, an @ or a dot between them.
struct Run {
  std::string text;
  std::size_t at = std::string::npos;  // of the last @ that was not quoted

  bool has_at() const { return at != std::string::npos; }
  bool open() const { return text.empty() || at + 1 == text.size() || text.ends_with('.'); }
};

ListedAddress mailbox(Run const& run, std::string name) {
  ListedAddress out{.name = std::move(name)};
  out.local_part = run.text.substr(0, run.at);
  if (run.has_at()) out.domain = run.text.substr(run.at + 1);
  return out;
}

void append_token(Run& run, Token const& token) {
  if (token.kind == Token::Kind::special && token.text == "@") run.at = run.text.size();
  if (token.kind == Token::Kind::domain_literal) {
    run.text += "[" + token.text + "]";
  } else {
    run.text += token.text;
  }
}

class ListParser {
 public:
  ListParser(std::string_view value, std::size_t max) : lexer_(value, kSpecials), max_(max) {}
  ParsedAddressList parse();

 private:
  bool full();
  void special(Token const& token);
  void text(Token const& token);
  void angle();
  std::string route();
  void flush();
  void flush_runs();
  void end_group();
  std::string display_name();

  Lexer lexer_;
  std::size_t const max_;
  ParsedAddressList out_;
  bool in_group_ = false;

  // The entry that is being read.
  std::string phrase_;
  std::string comment_;
  std::vector<Run> runs_;
  bool has_angle_ = false;
  ListedAddress angle_;
};

ParsedAddressList ListParser::parse() {
  for (Token token = lexer_.next(); token.kind != Token::Kind::end; token = lexer_.next()) {
    if (full()) break;
    if (token.kind == Token::Kind::comment) {
      comment_ = token.text;
    } else if (token.kind == Token::Kind::special) {
      special(token);
    } else {
      text(token);
    }
  }
  bool more = has_angle_ || !runs_.empty();
  if (more && !full()) flush();
  end_group();
  return std::move(out_);
}

bool ListParser::full() {
  if (out_.addresses.size() >= max_) out_.complete = false;
  return !out_.complete;
}

void ListParser::special(Token const& token) {
  switch (token.text.front()) {
    case ',':
      return flush();
    case ';':
      flush();
      return end_group();
    case '<':
      return angle();
    case ':':
      if (in_group_ || has_angle_) return text(token);
      in_group_ = true;
      out_.addresses.push_back({.kind = Kind::group_begin, .name = display_name()});
      return;
    case '@':
      return text(token);
    default:
      return;  // a stray bracket
  }
}

void ListParser::text(Token const& token) {
  if (!phrase_.empty() && token.space_before) phrase_.push_back(' ');
  Run shown;
  append_token(shown, token);
  phrase_ += shown.text;

  bool at = token.kind == Token::Kind::special && token.text == "@";
  bool apart = token.space_before && !at && !token.text.starts_with('.');
  if (runs_.empty() || (apart && !runs_.back().open())) runs_.emplace_back();
  append_token(runs_.back(), token);
}

// angle-addr = "<" [obs-route] addr-spec ">"
void ListParser::angle() {
  if (has_angle_) flush();  // two in a row: both count
  has_angle_ = true;
  if (lexer_.peek() == '@') angle_.route = route();
  Run run;
  for (;;) {
    std::size_t before = lexer_.position();
    Token token = lexer_.next();
    bool special = token.kind == Token::Kind::special;
    if (token.kind == Token::Kind::end || (special && token.text == ">")) break;
    if (special && (token.text == "," || token.text == ";" || token.text == "<")) {
      lexer_.move_to(before);  // the ">" is missing
      break;
    }
    if (token.kind == Token::Kind::comment) continue;
    if (special && token.text == ":" && iequals(run.text, "mailto")) {
      run = {};
      continue;
    }
    append_token(run, token);
  }
  std::string route = std::move(angle_.route);
  angle_ = mailbox(run, {});
  angle_.route = std::move(route);
}

// obs-route = obs-domain-list ":"; empty, and nothing taken, if the colon is missing.
std::string ListParser::route() {
  std::size_t before = lexer_.position();
  std::string out;
  for (;;) {
    Token token = lexer_.next();
    bool special = token.kind == Token::Kind::special;
    if (special && token.text == ":") return out;
    if (token.kind == Token::Kind::end || (special && token.text != "@" && token.text != ",")) break;
    if (token.kind == Token::Kind::domain_literal) {
      out += "[" + token.text + "]";
    } else if (token.kind != Token::Kind::comment) {
      out += token.text;
    }
  }
  lexer_.move_to(before);
  return {};
}

void ListParser::flush() {
  if (has_angle_) {
    ListedAddress entry = std::exchange(angle_, {});
    entry.name = display_name();
    out_.addresses.push_back(std::move(entry));
    has_angle_ = false;
  } else {
    flush_runs();
  }
  phrase_.clear();
  comment_.clear();
  runs_.clear();
}

// No angle brackets: each run with an @ is an address, the words beside a single one are its name.
void ListParser::flush_runs() {
  auto addresses = std::ranges::count_if(runs_, &Run::has_at);
  if (runs_.empty()) return;
  if (addresses == 0) {
    out_.addresses.push_back({.name = comment_, .local_part = phrase_});
    return;
  }
  std::string name;
  for (Run const& run : runs_) {
    if (run.has_at()) continue;
    if (!name.empty()) name.push_back(' ');
    name += run.text;
  }
  if (name.empty()) name = comment_;
  if (addresses > 1) name.clear();  // whose would it be
  for (Run const& run : runs_) {
    if (full()) return;
    if (run.has_at()) out_.addresses.push_back(mailbox(run, name));
  }
}

void ListParser::end_group() {
  if (in_group_) out_.addresses.push_back({.kind = Kind::group_end});
  in_group_ = false;
}

std::string ListParser::display_name() {
  std::string name = phrase_.empty() ? std::move(comment_) : std::move(phrase_);
  phrase_.clear();
  comment_.clear();
  runs_.clear();
  return name;
}

}  // namespace

ParsedAddressList parse_address_list(std::string_view value, std::size_t max_addresses) {
  return ListParser(value, max_addresses).parse();
}

Result<Address> to_address(ListedAddress const& listed) {
  if (listed.kind != Kind::mailbox) return fail(Errc::syntax, "a group is no address");
  std::string quoted = "\"";
  for (char c : listed.local_part) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  TRY(LocalPart local_part, LocalPart::parse(listed.local_part.empty() ? std::string() : quoted + "\""));
  TRY(Domain domain, Domain::parse(listed.domain));
  return Address(std::move(local_part), std::move(domain));
}

}  // namespace yubin::mime
