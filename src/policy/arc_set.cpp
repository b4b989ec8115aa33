#include "policy/arc_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/text.h"
#include "mime/lexer.h"
#include "policy/dns_name.h"

namespace yubin::policy {

namespace {

enum Role : std::size_t { kResults, kMessage, kSeal };
constexpr std::string_view kNames[] = {"ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"};

using Places = std::array<std::optional<std::size_t>, 3>;

// position = 1*2DIGIT
std::optional<std::size_t> instance_number(std::string_view digits) {
  digits = trim(digits);
  auto const number = digits.size() <= 2 ? parse_number(digits) : std::nullopt;
  if (!number || *number == 0 || *number > kMaxArcSets) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

// instance = [CFWS] %s"i" [CFWS] "=" [CFWS] position; first in the results' field, a tag in the others.
std::optional<std::size_t> instance_of(Role role, std::string_view value) {
  if (role != kResults) {
    Result<TagList> const tags = TagList::parse(value);
    auto const i = tags ? tags->find("i") : std::nullopt;
    return i ? instance_number(*i) : std::nullopt;
  }
  std::vector<std::string> words;  // without comments
  mime::Lexer lexer(value, "(\"=;");
  for (mime::Token token = lexer.next(); token.kind != mime::Token::Kind::end; token = lexer.next()) {
    if (token.kind == mime::Token::Kind::comment) continue;
    if (token.text == ";" || words.size() > 3) break;
    words.push_back(std::move(token.text));
  }
  if (words.size() != 3 || words[0] != "i" || words[1] != "=") return std::nullopt;
  return instance_number(words[2]);
}

std::optional<Role> role_of(std::string_view name) {
  auto const* found = std::ranges::find_if(kNames, [&](std::string_view known) { return iequals(known, name); });
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<Role>(found - std::begin(kNames));
}

Result<std::map<std::size_t, Places>> places_of(mime::HeaderSection const& header) {
  std::map<std::size_t, Places> sets;
  std::size_t seen = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    auto const role = role_of(header[i].name);
    if (!role) continue;
    if (++seen > 3 * kMaxArcSets) return fail(Errc::syntax, "there are too many fields of ARC");
    auto const instance = instance_of(*role, header[i].raw_value);
    if (!instance) return fail(Errc::syntax, fmt::format("a field {} without a good i=", kNames[*role]));
    auto& place = sets[*instance][*role];
    if (place) return fail(Errc::syntax, fmt::format("two fields {} with i={}", kNames[*role], *instance));
    place = i;
  }
  return sets;
}

Result<ArcSeal> parse_seal(std::string_view value) {
  TRY(TagList const tags, TagList::parse(value));
  for (char const* needed : {"a", "b", "cv", "d", "s"}) {
    if (!tags.find(needed)) return fail(Errc::syntax, fmt::format("ARC-Seal without {}=", needed));
  }
  // Section 4.1.3: a seal signs no body and no other field.
  if (tags.find("h")) return fail(Errc::syntax, "ARC-Seal with h=");
  auto const algorithm = parse_algorithm(*tags.find("a"));
  auto const signature = decode_base64_tag(*tags.find("b"));
  auto const domain = to_query_name(without_white_space(*tags.find("d")));
  auto const selector = to_selector(without_white_space(*tags.find("s")), domain.value_or(""));
  std::string_view const cv = *tags.find("cv");
  std::optional<ChainStatus> status;
  for (ChainStatus known : {ChainStatus::none, ChainStatus::pass, ChainStatus::fail}) {
    if (iequals(cv, to_string(known))) status = known;
  }
  if (!algorithm || !signature || signature->empty() || !domain || !status || !selector)
    return fail(Errc::syntax, "ARC-Seal with a tag that cannot be read");
  return ArcSeal{*algorithm, *signature, *domain, *selector, *status};
}

}  // namespace

std::string_view to_string(ChainStatus status) {
  switch (status) {
    case ChainStatus::none:
      return "none";
    case ChainStatus::pass:
      return "pass";
    case ChainStatus::fail:
      return "fail";
  }
  return "unknown";
}

Result<std::vector<ArcSet>> parse_arc_sets(mime::HeaderSection const& header) {
  TRY(auto const sets, places_of(header));
  std::vector<ArcSet> out;
  for (auto const& [instance, places] : sets) {
    if (instance != out.size() + 1) return fail(Errc::syntax, fmt::format("there is no set i={}", out.size() + 1));
    for (std::size_t role : {kResults, kMessage, kSeal}) {
      if (!places[role]) return fail(Errc::syntax, fmt::format("the set i={} has no {}", instance, kNames[role]));
    }
    auto message = parse_signature(header[*places[kMessage]].raw_value, SignatureKind::arc_message);
    if (!message) return fail(Errc::syntax, "ARC-Message-Signature: " + message.error().detail);
    // Section 4.1.2: neither the seals nor itself may be among what it signs.
    if (std::ranges::find(message->fields, "arc-seal") != message->fields.end())
      return fail(Errc::syntax, "ARC-Message-Signature signs a seal");
    TRY(ArcSeal seal, parse_seal(header[*places[kSeal]].raw_value));
    out.push_back({*places[kResults], *places[kMessage], *places[kSeal], *std::move(message), std::move(seal)});
  }
  return out;
}

}  // namespace yubin::policy
