#include "policy/authentication_results.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "mime/lexer.h"
#include "policy/dns_name.h"

namespace yubin::policy {

namespace {

constexpr std::size_t kMaxField = 2048;

// value of RFC 2045 section 5.1: a token, or a quoted string. Bytes that are not printable ASCII become "?".
std::string value(std::string_view text) {
  constexpr std::string_view kSpecial = "()<>,;:\\\"/[]?= ";
  std::string plain;
  for (char c : text.substr(0, 255)) plain += c >= ' ' && c < 0x7f ? c : '?';
  bool const token = !plain.empty() && plain.find_first_of(kSpecial) == std::string::npos;
  if (token) return plain;
  std::string out = "\"";
  for (char c : plain) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string property(std::string_view name, std::string_view text) {
  return text.empty() ? "" : fmt::format(" {}={}", name, value(text));
}

std::string of(IprevCheck const& check) {
  return fmt::format("iprev={} policy.iprev={}", check.result(), value(check.client().text()));
}

std::string of(SpfCheck const& check) {
  SpfOutcome const& outcome = check.outcome();
  return fmt::format("spf={}{}", to_string(outcome.result),
                     property(fmt::format("smtp.{}", to_string(outcome.identity)), outcome.domain));
}

std::string of(DkimOutcome const& outcome) {
  std::string text = fmt::format("dkim={}", to_string(outcome.result));
  if (outcome.key_bits != 0) text += fmt::format(" ({}-bit key{})", outcome.key_bits, outcome.testing ? ", t=y" : "");
  return text + property("header.d", outcome.domain) + property("header.s", outcome.selector) +
         property("header.a", outcome.algorithm) + property("header.b", outcome.signature_start);
}

std::string of(DmarcCheck const& check) {
  DmarcOutcome const& outcome = check.outcome();
  std::string text = fmt::format("dmarc={}", to_string(outcome.result));
  if (outcome.result == DmarcResult::fail)
    text += fmt::format(" ({}={})", outcome.policy_tag, to_string(outcome.policy));
  return text + property("header.from", outcome.author);
}

std::string of(ArcCheck const& check) {
  return fmt::format("arc={}", to_string(check.outcome().status));
}

mime::Token next_word(mime::Lexer& lexer) {
  mime::Token token = lexer.next();
  while (token.kind == mime::Token::Kind::comment) token = lexer.next();
  return token;
}

// U-labels and A-labels are the same (section 5).
bool is_same_id(std::string_view one, std::string_view other) {
  auto const name = to_query_name(one);
  return iequals(one, other) || (name && name == to_query_name(other));
}

}  // namespace

std::string authentication_results(std::string_view authserv_id, CheckedBy const& checks) {
  std::vector<std::string> results;
  if (checks.iprev != nullptr) results.push_back(of(*checks.iprev));
  if (checks.spf != nullptr) results.push_back(of(*checks.spf));
  if (checks.dmarc != nullptr) results.push_back(of(*checks.dmarc));
  // ARC has no registered word for "not known now" (section 4: no other may be used), and "fail" would say that the
  // chain is broken for good. Whoever seals sees from the silence that there is nothing to pass on.
  if (checks.arc != nullptr && !checks.arc->outcome().temporary) results.push_back(of(*checks.arc));
  if (checks.dkim != nullptr) {
    for (DkimOutcome const& one : checks.dkim->outcomes()) results.push_back(of(one));
    if (checks.dkim->outcomes().empty()) results.emplace_back("dkim=none");
  }
  if (results.empty()) results.emplace_back("none");
  std::string out = fmt::format("Authentication-Results: {}", value(authserv_id));
  for (std::string const& result : results) {
    if (out.size() + result.size() > kMaxField) break;
    out += ";\r\n\t" + result;
  }
  return out;
}

bool may_stay(std::string_view start, std::string_view authserv_id) {
  using Kind = mime::Token::Kind;
  // A comment goes on in the next line.
  if (std::ranges::count(start, '(') != std::ranges::count(start, ')')) return false;
  mime::Lexer lexer(start, "(\";");
  mime::Token const id = next_word(lexer);
  if (id.kind == Kind::end) return false;
  if (id.kind != Kind::word && id.kind != Kind::quoted)
    return to_lower(start).find(to_lower(authserv_id)) == std::string::npos;
  if (is_same_id(id.text, authserv_id)) return false;
  mime::Token const version = next_word(lexer);
  if (version.kind == Kind::end) return false;
  return !std::ranges::all_of(version.text, is_digit) || parse_number(version.text) == 1U;
}

}  // namespace yubin::policy
