#include "policy/authentication_results.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "mime/lexer.h"

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

// RFC 8601 section 2.7 has no word for it in ARC; "fail" would say that the chain is broken for good.
std::string of(ArcCheck const& check) {
  ArcOutcome const& outcome = check.outcome();
  return fmt::format("arc={}", outcome.temporary ? "temperror" : to_string(outcome.status));
}

}  // namespace

std::string authentication_results(std::string_view authserv_id, CheckedBy const& checks) {
  std::vector<std::string> results;
  if (checks.iprev != nullptr) results.push_back(of(*checks.iprev));
  if (checks.spf != nullptr) results.push_back(of(*checks.spf));
  if (checks.dmarc != nullptr) results.push_back(of(*checks.dmarc));
  if (checks.arc != nullptr) results.push_back(of(*checks.arc));
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

bool claims_to_be_from(std::string_view field_value, std::string_view authserv_id) {
  mime::Lexer lexer(field_value, "(\";");
  mime::Token token = lexer.next();
  while (token.kind == mime::Token::Kind::comment) token = lexer.next();
  if (token.kind == mime::Token::Kind::word || token.kind == mime::Token::Kind::quoted)
    return iequals(token.text, authserv_id);
  return to_lower(field_value).find(to_lower(authserv_id)) != std::string::npos;
}

}  // namespace yubin::policy
