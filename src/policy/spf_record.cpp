#include "policy/spf_record.h"

#include <algorithm>

#include "base/text.h"

namespace yubin::policy {

namespace {

constexpr std::string_view kVersion = "v=spf1";

struct Named {
  std::string_view name;
  SpfMechanism::Kind kind;
};
constexpr Named kMechanisms[] = {
    {"all", SpfMechanism::Kind::all}, {"include", SpfMechanism::Kind::include}, {"a", SpfMechanism::Kind::a},
    {"mx", SpfMechanism::Kind::mx},   {"ptr", SpfMechanism::Kind::ptr},         {"ip4", SpfMechanism::Kind::ip4},
    {"ip6", SpfMechanism::Kind::ip6}, {"exists", SpfMechanism::Kind::exists},
};

std::unexpected<Error> wrong(std::string detail) {
  return fail(Errc::syntax, std::move(detail));
}

// domain-spec = macro-string domain-end
Result<SpfMacroString> domain_spec(std::string_view text) {
  TRY(SpfMacroString spec, SpfMacroString::parse(text, SpfMacroString::Use::domain));
  if (!spec.ends_as_domain()) return wrong(quoted(text) + " does not end as a domain name does");
  return spec;
}

// "0" / %x31-39 0*1DIGIT and so on: no leading zero.
std::optional<unsigned> cidr_length(std::string_view digits, unsigned most) {
  auto const number = parse_number(digits);
  if (!number || *number > most || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  return static_cast<unsigned>(*number);
}

// Takes "/24" or "//64" off the end of `text`, if it is there.
Result<> take_cidr(std::string_view& text, std::string_view slashes, unsigned& bits) {
  std::size_t const last = text.find_last_not_of("0123456789");
  if (last == std::string_view::npos || last + 1 == text.size() || text[last] != '/') return {};
  bool const two = last > 0 && text[last - 1] == '/';
  if (two != (slashes == "//")) return {};
  auto const length = cidr_length(text.substr(last + 1), bits);
  if (!length) return wrong("a network of " + quoted(text.substr(last + 1)) + " bits");
  bits = *length;
  text = text.substr(0, last + 1 - slashes.size());
  return {};
}

// dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]
Result<> dual_cidr(std::string_view& argument, SpfMechanism& mechanism) {
  TRY_VOID(take_cidr(argument, "//", mechanism.v6_bits));
  return take_cidr(argument, "/", mechanism.v4_bits);
}

Result<> network(std::string_view text, SpfMechanism& mechanism) {
  bool const v4 = mechanism.kind == SpfMechanism::Kind::ip4;
  TRY_VOID(take_cidr(text, "/", v4 ? mechanism.v4_bits : mechanism.v6_bits));
  bool const looks_v6 = text.find(':') != std::string_view::npos;
  auto const address = IpAddress::parse(text);
  if (!address || looks_v6 == v4) return wrong(quoted(text) + (v4 ? " is no IPv4 address" : " is no IPv6 address"));
  mechanism.network = *address;
  return {};
}

// `argument` begins with ":" or "/" or is empty.
Result<> arguments(std::string_view argument, SpfMechanism& mechanism) {
  using Kind = SpfMechanism::Kind;
  Kind const kind = mechanism.kind;
  if (kind == Kind::all) {
    if (!argument.empty()) return wrong("\"all\" takes nothing");
    return {};
  }
  if (kind == Kind::a || kind == Kind::mx) TRY_VOID(dual_cidr(argument, mechanism));
  bool const given = argument.starts_with(':');
  if (!given && !argument.empty()) return wrong(quoted(argument) + " is not what may follow");
  bool const may_lack = kind == Kind::a || kind == Kind::mx || kind == Kind::ptr;
  if (!given) return may_lack ? Result<>{} : wrong("nothing follows its name");
  argument.remove_prefix(1);
  if (kind == Kind::ip4 || kind == Kind::ip6) return network(argument, mechanism);
  TRY(mechanism.domain, domain_spec(argument));
  return {};
}

// directive = [ qualifier ] mechanism
Result<SpfMechanism> directive(std::string_view term) {
  SpfMechanism mechanism;
  mechanism.text = term;
  constexpr std::pair<char, SpfResult> kQualifiers[] = {
      {'+', SpfResult::pass}, {'-', SpfResult::fail}, {'~', SpfResult::softfail}, {'?', SpfResult::neutral}};
  auto const* qualifier = std::ranges::find(kQualifiers, term.front(), &std::pair<char, SpfResult>::first);
  if (qualifier != std::end(kQualifiers)) {
    mechanism.result = qualifier->second;
    term.remove_prefix(1);
  }
  std::size_t const end = std::min(term.find_first_of(":/"), term.size());
  auto is_it = [&](Named const& named) { return iequals(named.name, term.substr(0, end)); };
  auto const* named = std::ranges::find_if(kMechanisms, is_it);
  if (named == std::end(kMechanisms)) return wrong("there is no such mechanism");
  mechanism.kind = named->kind;
  TRY_VOID(arguments(term.substr(end), mechanism));
  return mechanism;
}

// name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
bool is_modifier_name(std::string_view name) {
  auto fits = [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.'; };
  return !name.empty() && is_alpha(name.front()) && std::ranges::all_of(name, fits);
}

Result<> modifier(std::string_view name, std::string_view value, SpfRecord& record) {
  bool const redirect = iequals(name, "redirect");
  if (!redirect && !iequals(name, "exp")) {
    // Section 6: unknown ones are ignored, but must be well formed.
    TRY_VOID(SpfMacroString::parse(value, SpfMacroString::Use::domain));
    return {};
  }
  std::optional<SpfMacroString>& place = redirect ? record.redirect : record.explanation;
  if (place) return wrong("it stands there twice");  // section 6
  TRY(place, domain_spec(value));
  return {};
}

Result<> term(std::string_view text, SpfRecord& record) {
  std::size_t const equals = text.find('=');
  if (equals != std::string_view::npos && is_modifier_name(text.substr(0, equals)))
    return modifier(text.substr(0, equals), text.substr(equals + 1), record);
  TRY(SpfMechanism mechanism, directive(text));
  record.mechanisms.push_back(std::move(mechanism));
  return {};
}

}  // namespace

std::string_view to_string(SpfResult result) {
  switch (result) {
    case SpfResult::none:
      return "none";
    case SpfResult::neutral:
      return "neutral";
    case SpfResult::pass:
      return "pass";
    case SpfResult::fail:
      return "fail";
    case SpfResult::softfail:
      return "softfail";
    case SpfResult::temperror:
      return "temperror";
    case SpfResult::permerror:
      return "permerror";
  }
  return "unknown";
}

bool SpfRecord::has_all() const {
  return std::ranges::any_of(mechanisms, [](auto const& m) { return m.kind == SpfMechanism::Kind::all; });
}

bool is_spf_record(std::string_view text) {
  return istarts_with(text, kVersion) && (text.size() == kVersion.size() || text[kVersion.size()] == ' ');
}

Result<SpfRecord> parse_spf_record(std::string_view text) {
  SpfRecord record;
  for (std::string_view word : split(text.substr(kVersion.size()), ' ')) {
    if (word.empty()) continue;
    if (Result<> const good = term(word, record); !good) return wrong(quoted(word) + ": " + good.error().detail);
  }
  return record;
}

}  // namespace yubin::policy
