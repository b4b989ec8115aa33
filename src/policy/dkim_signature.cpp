#include "policy/dkim_signature.h"

#include <algorithm>

#include "base/text.h"
#include "policy/dns_name.h"

namespace yubin::policy {

namespace {

using Parsed = std::expected<DkimSignature, SignatureError>;

std::unexpected<SignatureError> syntax(std::string detail) {
  return std::unexpected(SignatureError{SignatureFault::syntax, std::move(detail)});
}
std::unexpected<SignatureError> unsupported(std::string detail) {
  return std::unexpected(SignatureError{SignatureFault::unsupported, std::move(detail)});
}

// t= and x= have up to 12 digits, l= up to 76 (RFC 6376 section 3.5); what no number can hold is taken for the most.
std::expected<std::optional<std::uint64_t>, SignatureError> number_tag(TagList const& tags, std::string_view name) {
  auto const value = tags.find(name);
  if (!value) return std::nullopt;
  if (value->empty() || value->size() > 76 || !std::ranges::all_of(*value, is_digit))
    return syntax(std::string(name) + "= is no number");
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
  return std::min(parse_number(*value).value_or(kMost), kMost);
}

std::optional<Canonicalization> form_of(std::string_view name) {
  if (name == "simple") return Canonicalization::simple;
  if (name == "relaxed") return Canonicalization::relaxed;
  return std::nullopt;
}

std::expected<void, SignatureError> algorithms(TagList const& tags, DkimSignature& out) {
  std::string_view const a = *tags.find("a");
  auto const algorithm = parse_algorithm(a);
  if (!algorithm) return unsupported("a=" + quoted(a, 40) + " is not known");
  out.algorithm = *algorithm;
  out.body.hash = algorithm->hash;
  if (auto const c = tags.find("c")) {
    std::size_t const slash = c->find('/');
    auto const header = form_of(c->substr(0, slash));
    auto const body = form_of(slash == std::string_view::npos ? "simple" : c->substr(slash + 1));
    if (!header || !body) return unsupported("c=" + quoted(*c, 40) + " is not known");
    out.header_form = *header;
    out.body.form = *body;
  }
  std::vector<std::string> const ways = colon_list(tags.find("q").value_or("dns/txt"));
  if (std::ranges::find(ways, "dns/txt") == ways.end()) return unsupported("q= names no way to the key that is known");
  return {};
}

std::expected<void, SignatureError> values(TagList const& tags, DkimSignature& out) {
  auto const signature = decode_base64_tag(*tags.find("b"));
  auto const body_hash = decode_base64_tag(*tags.find("bh"));
  if (!signature || signature->empty()) return syntax("b= is no base64");
  if (!body_hash || body_hash->empty()) return syntax("bh= is no base64");
  out.signature = *signature;
  out.body_hash = *body_hash;
  return {};
}

std::expected<void, SignatureError> times(TagList const& tags, DkimSignature& out) {
  auto const length = number_tag(tags, "l");
  auto const time = number_tag(tags, "t");
  auto const expires = number_tag(tags, "x");
  for (auto const* number : {&length, &time, &expires}) {
    if (!*number) return std::unexpected(number->error());
  }
  out.body.length = *length;
  if (*time) out.time = static_cast<std::int64_t>(**time);
  if (*expires) out.expires = static_cast<std::int64_t>(**expires);
  if (out.time && out.expires && *out.expires <= *out.time) return syntax("x= is not after t=");
  return {};
}

std::expected<void, SignatureError> signer(TagList const& tags, DkimSignature& out) {
  std::string const d = without_white_space(*tags.find("d"));
  std::string const s = without_white_space(*tags.find("s"));
  auto const domain = to_query_name(d);
  if (!domain) return syntax("d=" + quoted(d, 80) + " is no domain");
  out.domain = *domain;
  auto const selector = to_selector(s, *domain);
  if (!selector) return syntax("s=" + quoted(s, 80) + " is no selector");
  out.selector = *selector;
  return {};
}

// i= is the domain or below it, whatever stands before the @ (section 6.1.1).
std::expected<void, SignatureError> identity(TagList const& tags, DkimSignature& out) {
  auto const given = tags.find("i");
  out.identity = given ? without_white_space(*given) : "@" + out.domain;
  std::size_t const at = out.identity.rfind('@');
  if (at == std::string::npos) return syntax("i= is no address");
  auto const domain = to_query_name(out.identity.substr(at + 1));
  if (!domain || !is_within(*domain, out.domain)) return unsupported("i= is not in the domain of d=");
  out.identity = out.identity.substr(0, at + 1) + *domain;
  return {};
}

// In ARC, an empty name is no field that could be there, and covers nothing.
std::expected<void, SignatureError> fields(TagList const& tags, DkimSignature& out) {
  out.fields = colon_list(*tags.find("h"));
  for (std::string& name : out.fields) {
    auto fits = [](char c) { return c > ' ' && c < 0x7f; };
    if (!std::ranges::all_of(name, fits)) return syntax("h= has a piece that is no field's name");
    name = to_lower(name);
  }
  return {};
}

}  // namespace

std::string to_string(SigningAlgorithm algorithm) {
  return std::string(algorithm.key == KeyType::rsa ? "rsa" : "ed25519") +
         (algorithm.hash == Hash::sha1 ? "-sha1" : "-sha256");
}

std::optional<SigningAlgorithm> parse_algorithm(std::string_view text) {
  if (text == "rsa-sha256") return SigningAlgorithm{KeyType::rsa, Hash::sha256};
  if (text == "rsa-sha1") return SigningAlgorithm{KeyType::rsa, Hash::sha1};
  if (text == "ed25519-sha256") return SigningAlgorithm{KeyType::ed25519, Hash::sha256};
  return std::nullopt;
}

Parsed parse_signature(std::string_view value, SignatureKind kind) {
  Result<TagList> const tags = TagList::parse(value);
  if (!tags) return syntax(tags.error().detail);
  bool const dkim = kind == SignatureKind::dkim;
  auto const version = tags->find("v");
  if (dkim && !version) return syntax("v= is missing");
  if (dkim && version != "1") return unsupported("v=" + quoted(*version, 20) + " is not known");
  for (char const* needed : {"a", "b", "bh", "d", "h", "s"}) {
    if (!tags->find(needed)) return syntax(std::string(needed) + "= is missing");
  }
  DkimSignature out;
  // Deviates from RFC 8617 section 4.1.2: without c=, DKIM's are simple (RFC 6376 section 3.5), but those who seal mean
  // relaxed, the only form of a seal.
  if (!dkim) out.header_form = out.body.form = Canonicalization::relaxed;
  for (auto* part : {algorithms, values, times, signer, fields}) {
    if (auto const good = part(*tags, out); !good) return std::unexpected(good.error());
  }
  if (!dkim) return out;
  // hdr-name is not empty (section 3.5), and what is not as it should be is not taken (section 6.1.1).
  if (std::ranges::find(out.fields, "") != out.fields.end()) return syntax("h= has a piece that is no field's name");
  if (auto const good = identity(*tags, out); !good) return std::unexpected(good.error());
  // Section 5.4: a signature that leaves out From says nothing of its author.
  if (std::ranges::find(out.fields, "from") == out.fields.end()) return unsupported("the field From is not signed");
  return out;
}

std::string without_signature(std::string_view raw_field) {
  std::size_t const colon = raw_field.find(':');
  std::string out(raw_field.substr(0, colon + 1));
  std::size_t at = colon + 1;
  while (at <= raw_field.size()) {
    std::size_t const end = std::min(raw_field.find(';', at), raw_field.size());
    std::string_view const tag = raw_field.substr(at, end - at);
    std::size_t const equals = tag.find('=');
    bool const is_b = equals != std::string_view::npos && trim(tag.substr(0, equals)) == "b";
    out += is_b ? tag.substr(0, equals + 1) : tag;
    if (is_b && end == raw_field.size()) out += "\r\n";
    if (end < raw_field.size()) out += ';';
    at = end + 1;
  }
  return out;
}

}  // namespace yubin::policy
