#include "smtp/grammar.h"

#include <algorithm>

namespace yubin::smtp {

bool Cursor::skip(char c) {
  if (!next_is(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

bool Cursor::skip_word(std::string_view w) {
  if (!istarts_with(rest_, w)) return false;
  rest_.remove_prefix(w.size());
  return true;
}

void Cursor::skip_spaces() {
  while (skip(' ') || skip('\t')) {
  }
}

std::string_view Cursor::take(std::size_t count) {
  std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(taken.size());
  return taken;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

namespace {

// Quoted-string = DQUOTE *QcontentSMTP DQUOTE; only its extent, mime::Address looks inside.
std::size_t quoted_string_length(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

// Mailbox = Local-part "@" ( Domain / address-literal ); the text of one, up to what cannot belong to it.
std::string_view mailbox_text(Cursor& in) {
  std::string_view text = in.rest();
  std::size_t length = in.next_is('"') ? quoted_string_length(text) : 0;
  length = std::min(text.find_first_of("<> \t", length), text.size());
  return in.take(length);
}

Result<mime::Address> mailbox(Cursor& in) {
  auto address = mime::Address::parse(mailbox_text(in));
  if (!address) return fail(Errc::denied, std::move(address.error().detail));
  return std::move(*address);
}

// A-d-l = At-domain *( "," At-domain ), and the ":" after it.
// RFC 5321 appendix C: source routes must be accepted and should be ignored, so nothing is kept of them.
Result<> source_route(Cursor& in) {
  do {
    if (!in.skip('@')) return fail(Errc::denied, "a source route is a list of @domain");
    std::string_view domain = in.take_while([](char c) { return c != ',' && c != ':' && c != '>' && c != ' '; });
    if (!mime::Domain::parse(domain)) return fail(Errc::denied, "the source route names no domain");
  } while (in.skip(','));
  if (!in.skip(':')) return fail(Errc::denied, "the source route does not end in a colon");
  return {};
}

Result<> close_path(Cursor& in) {
  if (!in.skip('>')) return fail(Errc::syntax, "the path has no closing >");
  return {};
}

// Path = "<" [ A-d-l ":" ] Mailbox ">", after its "<".
Result<mime::Address> path_inside(Cursor& in) {
  if (in.next_is('@')) TRY_VOID(source_route(in));
  TRY(mime::Address address, mailbox(in));
  TRY_VOID(close_path(in));
  return address;
}

}  // namespace

// Reverse-path = Path / "<>"
Result<ReversePath> reverse_path(Cursor& in) {
  if (!in.skip('<')) return fail(Errc::syntax, "the path has no opening <");
  if (in.skip('>')) return ReversePath();
  TRY(mime::Address address, path_inside(in));
  return ReversePath(std::move(address));
}

// "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path
Result<ForwardPath> forward_path(Cursor& in) {
  if (!in.skip('<')) return fail(Errc::syntax, "the path has no opening <");
  if (in.skip_word("postmaster>")) return ForwardPath::postmaster();
  TRY(mime::Address address, path_inside(in));
  return ForwardPath(std::move(address));
}

// Mail-parameters = esmtp-param *(SP esmtp-param); esmtp-param = esmtp-keyword ["=" esmtp-value]
// Two spaces between parameters are really sent, so any number is taken.
Result<std::vector<EsmtpParamView>> mail_parameters(Cursor& in) {
  std::vector<EsmtpParamView> out;
  while (!in.at_end()) {
    if (!in.next_is(' ') && !in.next_is('\t')) return fail(Errc::syntax, "a space must separate the parameters");
    in.skip_spaces();
    if (in.at_end()) break;
    EsmtpParamView param;
    param.keyword = in.take_while([](char c) { return is_alpha(c) || is_digit(c) || c == '-'; });
    if (param.keyword.empty()) return fail(Errc::syntax, "a parameter must begin with its keyword");
    // esmtp-value = 1*(%d33-60 / %d62-126): any CHAR excluding "=", SP, and control characters; RFC 6531 section 3.3
    // adds UTF8-non-ascii.
    auto in_value = [](char c) { return (c > ' ' || c < 0) && c != 0x7f && c != '='; };
    if (in.skip('=')) {
      param.value = in.take_while(in_value);
      if (param.value.empty()) return fail(Errc::syntax, "a parameter has an = and no value");
    }
    out.push_back(param);
  }
  return out;
}

}  // namespace yubin::smtp
