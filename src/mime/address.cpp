#include "mime/address.h"

#include <arpa/inet.h>
#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.h"

namespace yubin::mime {

namespace {

constexpr std::size_t kMaxDomain = 255;    // RFC 5321 section 4.5.3.1.2
constexpr std::size_t kMaxLabel = 63;      // RFC 1035 section 2.3.4
constexpr std::size_t kMaxLocalPart = 64;  // RFC 5321 section 4.5.3.1.1

bool is_ascii_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// RFC 5322 section 3.2.3, with RFC 6532 section 3.2 for everything above ASCII.
bool is_atext(char c) {
  return is_alpha(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

UIDNA const* idna() {
  static UIDNA const* const instance = [] {
    UErrorCode error = U_ZERO_ERROR;
    return uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE | UIDNA_CHECK_BIDI,
                           &error);
  }();
  return instance;
}

using Convert = std::int32_t (*)(UIDNA const*, char const*, std::int32_t, char*, std::int32_t, UIDNAInfo*, UErrorCode*);

Result<std::string> convert(Convert f, std::string_view text) {
  std::array<char, 1024> out;
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode error = U_ZERO_ERROR;
  std::int32_t length = f(idna(), text.data(), static_cast<std::int32_t>(text.size()), out.data(),
                          static_cast<std::int32_t>(out.size()), &info, &error);
  if (U_FAILURE(error) != 0 || info.errors != 0) return fail(Errc::syntax, "not a valid internationalized domain name");
  return std::string(out.data(), static_cast<std::size_t>(length));
}

Result<> check_label(std::string_view label) {
  if (label.empty()) return fail(Errc::syntax, "a label of the domain is empty");
  if (label.size() > kMaxLabel) return fail(Errc::syntax, "a label of the domain is over 63 bytes");
  // Underscores are no host name characters, but appear in names that really send mail.
  auto allowed = [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_'; };
  if (!std::ranges::all_of(label, allowed)) return fail(Errc::syntax, "the domain has a character that is not allowed");
  if (label.front() == '-' || label.back() == '-')
    return fail(Errc::syntax, "a label of the domain begins or ends with -");
  return {};
}

// address-literal = "[" ( IPv4-address-literal / IPv6-address-literal ) "]"; other kinds have no meaning to us.
bool is_address_literal(std::string_view text) {
  if (!text.ends_with(']')) return false;
  std::string inside(text.substr(1, text.size() - 2));
  if (inside.find('\0') != std::string::npos) return false;  // inet_pton would read only up to it
  std::array<unsigned char, sizeof(in6_addr)> binary;
  if (istarts_with(inside, "IPv6:")) return ::inet_pton(AF_INET6, inside.c_str() + 5, binary.data()) == 1;
  return ::inet_pton(AF_INET, inside.c_str(), binary.data()) == 1;
}

// qtextSMTP and quoted-pairSMTP (RFC 5321 section 4.1.2); controls never.
Result<std::string> unquote(std::string_view text) {
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    char c = text[i];
    if (c == '"') return fail(Errc::syntax, "a quote inside the local-part needs a backslash");
    if (c == '\\') {
      if (++i + 1 >= text.size()) return fail(Errc::syntax, "the quoted local-part does not end");
      c = text[i];
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return fail(Errc::syntax, "control character in the local-part");
    out.push_back(c);
  }
  return out;
}

// Where the @ stands that separates local-part and domain: after a quoted string, or the last one.
std::size_t find_at(std::string_view text) {
  if (!text.starts_with('"')) return text.rfind('@');
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1 < text.size() && text[i + 1] == '@' ? i + 1 : std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

}  // namespace

Result<Domain> Domain::parse(std::string_view text) {
  if (text.starts_with('[')) {
    if (!is_address_literal(text)) return fail(Errc::syntax, "not an address literal");
    return Domain(to_lower(text));
  }
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty()) return fail(Errc::syntax, "the domain is empty");
  std::string ascii;
  if (is_ascii_text(text)) {
    ascii = to_lower(text);
  } else {
    if (text.size() > kMaxDomain) return fail(Errc::syntax, "the domain is over 255 bytes");
    TRY(ascii, convert(uidna_nameToASCII_UTF8, text));
  }
  if (ascii.size() > kMaxDomain) return fail(Errc::syntax, "the domain is over 255 bytes");
  for (std::string_view label : split(ascii, '.')) TRY_VOID(check_label(label));
  return Domain(std::move(ascii));
}

std::string Domain::unicode() const {
  if (is_literal() || text_.find("xn--") == std::string::npos) return text_;
  return convert(uidna_nameToUnicodeUTF8, text_).value_or(text_);
}

Result<LocalPart> LocalPart::parse(std::string_view text) {
  if (text.empty()) return fail(Errc::syntax, "the local-part is empty");
  std::string plain;
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    TRY(plain, unquote(text));
  } else {
    if (!std::ranges::all_of(text, [](char c) { return is_atext(c) || c == '.'; }))
      return fail(Errc::syntax, "the local-part has a character that must be quoted");
    plain = text;
  }
  if (plain.size() > kMaxLocalPart) return fail(Errc::limit, "the local-part is over 64 bytes");
  return LocalPart(std::move(plain));
}

std::string LocalPart::wire() const {
  bool plain = !text_.empty() && std::ranges::all_of(text_, [](char c) { return is_atext(c) || c == '.'; });
  if (plain) return text_;
  std::string out = "\"";
  for (char c : text_) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

std::string LocalPart::folded() const {
  return to_lower(text_);
}
bool LocalPart::is_ascii() const {
  return is_ascii_text(text_);
}

Result<Address> Address::parse(std::string_view text) {
  std::size_t at = find_at(text);
  if (at == std::string_view::npos) return fail(Errc::syntax, "an address is local-part@domain");
  TRY(LocalPart local_part, LocalPart::parse(text.substr(0, at)));
  TRY(Domain domain, Domain::parse(text.substr(at + 1)));
  return Address(std::move(local_part), std::move(domain));
}

}  // namespace yubin::mime
