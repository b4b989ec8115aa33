#include "smtp/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "mime/lexer.h"

namespace yubin::smtp {

namespace {

// RFC 3461 sections 4.2 and 4.4: in characters as they are sent.
constexpr std::size_t kMaxOriginalRecipient = 500;
constexpr std::size_t kMaxEnvelopeId = 100;
// RFC 4954 section 5
constexpr std::size_t kMaxAuth = 500;

using Fault = std::unexpected<Reply>;

Fault wrong(std::string text) {
  return Fault(Reply(501, {5, 5, 4}, std::move(text)));
}

Fault twice(std::string_view keyword) {
  return wrong(fmt::format("{} is given twice", keyword));
}

// RFC 5321 section 4.1.1.11
Fault unknown(std::string_view keyword) {
  return Fault(Reply(555, {5, 5, 4}, fmt::format("Parameter {} is not known", keyword)));
}

// Takes one parameter into `out`.
template <class Parameters>
using Take = std::expected<void, Reply> (*)(Parameters& out, std::string_view value);

template <class Parameters>
struct Row {
  std::string_view keyword;
  Take<Parameters> take;
  bool Announced::* announced = nullptr;  // null: always
};

template <class Parameters, std::size_t n>
std::expected<Parameters, Reply> interpret(Row<Parameters> const (&rows)[n], std::vector<EsmtpParamView> const& params,
                                           Announced announced) {
  Parameters out;
  bool seen[n] = {};
  for (EsmtpParamView const& param : params) {
    auto const* row = std::ranges::find_if(rows, [&](auto const& r) { return iequals(r.keyword, param.keyword); });
    if (row == std::end(rows) || (row->announced != nullptr && !(announced.*row->announced)))
      return unknown(param.keyword);
    if (std::exchange(seen[row - rows], true)) return twice(row->keyword);
    auto taken = row->take(out, param.value);
    if (!taken) return std::unexpected(std::move(taken).error());
  }
  return out;
}

// size-value = 1*20DIGIT (RFC 1870 section 3), which may be more than 64 bits hold.
std::expected<void, Reply> take_size(MailParameters& out, std::string_view value) {
  if (value.empty() || value.size() > 20 || !std::ranges::all_of(value, is_digit))
    return wrong("SIZE is a number of octets");
  out.size = parse_number(value).value_or(std::numeric_limits<std::uint64_t>::max());
  return {};
}

std::expected<void, Reply> take_body(MailParameters& out, std::string_view value) {
  if (iequals(value, "7BIT")) {
    out.body = BodyType::seven_bit;
  } else if (iequals(value, "8BITMIME")) {
    out.body = BodyType::eight_bit_mime;
  } else if (iequals(value, "BINARYMIME")) {
    out.body = BodyType::binary_mime;
  } else {
    return wrong("BODY is 7BIT, 8BITMIME or BINARYMIME");
  }
  return {};
}

std::expected<void, Reply> take_smtputf8(MailParameters& out, std::string_view value) {
  if (!value.empty()) return wrong("SMTPUTF8 takes no value");
  out.smtputf8 = true;
  return {};
}

// RFC 8689 section 2: without a value.
std::expected<void, Reply> take_require_tls(MailParameters& out, std::string_view value) {
  if (!value.empty()) return wrong("REQUIRETLS takes no value");
  out.require_tls = true;
  return {};
}

// RFC 4954 section 5: who first submitted the message, as a trusted client says. We trust nobody in this, so it is read
// and, as that section wants it, taken for AUTH=<>.
std::expected<void, Reply> take_auth(MailParameters&, std::string_view value) {
  if (value.empty() || value.size() > kMaxAuth || !xtext(value)) return wrong("AUTH is <> or an address in xtext");
  return {};
}

std::expected<void, Reply> take_ret(MailParameters& out, std::string_view value) {
  if (iequals(value, "FULL")) {
    out.ret = Return::full;
  } else if (iequals(value, "HDRS")) {
    out.ret = Return::headers;
  } else {
    return wrong("RET is FULL or HDRS");
  }
  return {};
}

std::expected<void, Reply> take_envid(MailParameters& out, std::string_view value) {
  Result<std::string> text = xtext(value);
  if (value.empty() || value.size() > kMaxEnvelopeId || !text)
    return wrong(fmt::format("ENVID is an xtext of at most {} characters", kMaxEnvelopeId));
  out.envelope_id = *std::move(text);
  return {};
}

// notify-esmtp-value = "NEVER" / 1#notify-list-element
std::expected<void, Reply> take_notify(RecipientParameters& out, std::string_view value) {
  Notify notify;
  if (!iequals(value, "NEVER")) {
    for (std::string_view word : split(value, ',')) {
      if (iequals(word, "SUCCESS")) {
        notify.success = true;
      } else if (iequals(word, "FAILURE")) {
        notify.failure = true;
      } else if (iequals(word, "DELAY")) {
        notify.delay = true;
      } else {
        return wrong("NOTIFY is NEVER, or a list of SUCCESS, FAILURE and DELAY");
      }
    }
  }
  out.notify = notify;
  return {};
}

// original-recipient-address = addr-type ";" xtext; addr-type is an atom (RFC 3461 section 4.2)
std::expected<void, Reply> take_orcpt(RecipientParameters& out, std::string_view value) {
  std::size_t const semicolon = value.find(';');
  bool const has_type = semicolon != std::string_view::npos && semicolon > 0;
  if (!has_type || value.size() > kMaxOriginalRecipient)
    return wrong(fmt::format("ORCPT is type;xtext, at most {} characters", kMaxOriginalRecipient));
  std::string_view const type = value.substr(0, semicolon);
  auto in_type = [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; };
  if (!std::ranges::all_of(type, in_type)) return wrong("ORCPT's type has letters, digits and - only");
  std::string_view const rest = value.substr(semicolon + 1);
  Result<std::string> address = iequals(type, "utf-8") ? utf8_address_text(rest) : xtext(rest);
  if (!address || address->empty()) return wrong("ORCPT's address is not encoded as it must be");
  out.original = OriginalRecipient{to_lower(type), *std::move(address)};
  return {};
}

constexpr Row<MailParameters> kMailRows[] = {
    {"SIZE", take_size},
    {"BODY", take_body},
    {"SMTPUTF8", take_smtputf8},
    {"AUTH", take_auth, &Announced::auth},
    {"RET", take_ret, &Announced::dsn},
    {"ENVID", take_envid, &Announced::dsn},
    {"REQUIRETLS", take_require_tls, &Announced::require_tls},
};
constexpr Row<RecipientParameters> kRecipientRows[] = {
    {"NOTIFY", take_notify, &Announced::dsn},
    {"ORCPT", take_orcpt, &Announced::dsn},
};

// hexchar's digits: upper case only.
std::optional<unsigned> upper_hex(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

void append_utf8(std::string& out, char32_t c) {
  auto add = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  auto tail = [&](unsigned shift) { add(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x80) {
    add(c);
  } else if (c < 0x800) {
    add(0xc0 | (c >> 6));
    tail(0);
  } else if (c < 0x10000) {
    add(0xe0 | (c >> 12));
    tail(6);
    tail(0);
  } else {
    add(0xf0 | (c >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// EmbeddedUnicodeChar = %x5C.78 "{" HEXPOINT "}", after its backslash.
Result<void> embedded_character(Cursor& in, std::string& out) {
  if (!in.skip('x') || !in.skip('{')) return fail(Errc::syntax, "a backslash begins \\x{...}");
  std::string_view const digits = in.take_while([](char c) { return upper_hex(c).has_value(); });
  if (digits.size() < 2 || digits.size() > 6 || !in.skip('}')) return fail(Errc::syntax, "\\x{...} has 2 to 6 digits");
  char32_t character = 0;
  for (char c : digits) character = character * 16 + *upper_hex(c);
  bool const surrogate = character >= 0xd800 && character <= 0xdfff;
  if (character < ' ' || character == 0x7f || character > 0x10ffff || surrogate)
    return fail(Errc::syntax, "\\x{...} is no character");
  append_utf8(out, character);
  return {};
}

}  // namespace

std::expected<MailParameters, Reply> mail_parameters_of(std::vector<EsmtpParamView> const& params,
                                                        Announced announced) {
  return interpret(kMailRows, params, announced);
}

std::expected<RecipientParameters, Reply> recipient_parameters_of(std::vector<EsmtpParamView> const& params,
                                                                  Announced announced) {
  return interpret(kRecipientRows, params, announced);
}

// xchar = any ASCII CHAR between "!" (33) and "~" (126) inclusive, except for "+" and "="
// hexchar = ASCII "+" immediately followed by two upper case hexadecimal digits
Result<std::string> xtext(std::string_view text) {
  std::string out;
  Cursor in(text);
  while (!in.at_end()) {
    char c = in.take(1).front();
    if (c == '+') {
      std::string_view const digits = in.take(2);
      auto const high = digits.size() == 2 ? upper_hex(digits[0]) : std::nullopt;
      auto const low = digits.size() == 2 ? upper_hex(digits[1]) : std::nullopt;
      if (!high || !low) return fail(Errc::syntax, "+ is followed by two upper-case hexadecimal digits");
      c = static_cast<char>(*high * 16 + *low);
      if (c < ' ' || c >= 0x7f) return fail(Errc::syntax, "what is encoded must be printable ASCII");
    } else if (c <= ' ' || c >= 0x7f || c == '=') {
      return fail(Errc::syntax, "neither printable ASCII nor + and two digits");
    }
    out += c;
  }
  return out;
}

Result<std::string> utf8_address_text(std::string_view text) {
  std::string out;
  Cursor in(text);
  while (!in.at_end()) {
    char const c = in.take(1).front();
    if (c == '\\') {
      TRY_VOID(embedded_character(in, out));
    } else if (c == '+' || c == '=' || (c >= 0 && c <= ' ') || c == 0x7f) {
      return fail(Errc::syntax, "must be written as \\x{...}");
    } else {
      out += c;
    }
  }
  if (!mime::is_utf8(out)) return fail(Errc::syntax, "not UTF-8");
  return out;
}

}  // namespace yubin::smtp
