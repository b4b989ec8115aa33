#include "policy/spf_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/dns_name.h"
#include "policy/shown_name.h"

namespace yubin::policy {

namespace {

std::string describe(std::string const& name, RecordType type) {
  return fmt::format("{} of {}", to_string(type), shown_name(name));
}

std::vector<Question> questions_of(std::vector<std::string> const& names, RecordType type) {
  std::vector<Question> questions;
  questions.reserve(names.size());
  for (std::string const& name : names) questions.emplace_back(name, type);
  return questions;
}

// RFC 7208 section 7.3: labels go from the left until the name fits.
std::string fitting(std::string name) {
  constexpr std::size_t kMaxName = 253;
  if (name.ends_with('.')) name.pop_back();
  while (name.size() > kMaxName) {
    std::size_t const dot = name.find('.');
    if (dot == std::string::npos) break;
    name.erase(0, dot + 1);
  }
  return name;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::string_view to_string(SpfOutcome::Identity identity) {
  return identity == SpfOutcome::Identity::helo ? "helo" : "mailfrom";
}

SpfCheck::SpfCheck(SpfRequest request) : request_(std::move(request)) {
  std::string const& sender = request_.sender;
  std::size_t const at = sender.rfind('@');
  outcome_.identity = sender.empty() ? SpfOutcome::Identity::helo : SpfOutcome::Identity::mail_from;
  // RFC 7208 section 4.3: without a local-part, "postmaster" stands for it.
  std::string local = at == std::string::npos ? "" : sender.substr(0, at);
  std::string domain = sender.empty() ? request_.helo : at == std::string::npos ? sender : sender.substr(at + 1);
  outcome_.domain = to_query_name(domain).value_or(domain);
  values_ = {.client = request_.client,
             .local_part = local.empty() ? "postmaster" : std::move(local),
             .sender_domain = std::move(domain),
             .domain = {},
             .helo = request_.helo,
             .validated = {},
             .receiver = request_.receiver,
             .now = request_.now};
}

Inquiry<Finding> SpfCheck::run() {
  outcome_.result = co_await check_host(outcome_.domain, Level::outer);
  std::ranges::reverse(decided_);
  outcome_.mechanism = fmt::format("{}", fmt::join(decided_, " > "));
  co_return finding();
}

// RFC 7208 section 4, and sections 4.3 to 4.7 in their order.
Inquiry<SpfResult> SpfCheck::check_host(std::string domain, Level level) {
  if (!to_query_name(domain)) {
    outcome_.problem = shown_name(domain) + " is no domain name of two labels or more";
    co_return SpfResult::none;
  }
  Answer const answer = co_await ask({domain, RecordType::txt});
  if (!answer.known()) {
    (void)failed(answer, domain, RecordType::txt);
    co_return SpfResult::temperror;
  }
  std::vector<std::string> found;
  for (Txt& txt : records_of<Txt>(answer)) {
    if (is_spf_record(txt.text)) found.push_back(std::move(txt.text));
  }
  if (found.empty()) {
    outcome_.problem = shown_name(domain) + " has no record for SPF";
    co_return SpfResult::none;
  }
  if (level == Level::outer) outcome_.record = found.front();
  if (found.size() > 1) {
    outcome_.problem = fmt::format("{} has {} records for SPF", shown_name(domain), found.size());
    co_return SpfResult::permerror;
  }
  Result<SpfRecord> const record = parse_spf_record(found.front());
  if (!record) {
    outcome_.problem = fmt::format("the record of {} is wrong: {}", shown_name(domain), record.error().detail);
    co_return SpfResult::permerror;
  }
  for (SpfMechanism const& mechanism : record->mechanisms) {
    Match const matched = co_await match(mechanism, domain);
    if (matched == Match::temperror) co_return SpfResult::temperror;
    if (matched == Match::permerror) co_return SpfResult::permerror;
    if (matched == Match::no) continue;
    decided_.push_back(mechanism.text);
    outcome_.problem.clear();
    bool const explained = level == Level::outer && mechanism.result == SpfResult::fail && record->explanation;
    if (explained) (void)co_await explain(*record->explanation, domain);
    co_return mechanism.result;
  }
  outcome_.problem.clear();
  // Section 6.1: "all" anywhere makes redirect= void.
  if (record->redirect && !record->has_all()) co_return co_await redirected(*record->redirect, domain, level);
  co_return SpfResult::neutral;  // section 4.7
}

// Section 6.1
Inquiry<SpfResult> SpfCheck::redirected(SpfMacroString to, std::string domain, Level level) {
  if (++outcome_.terms > kMaxTerms) {
    outcome_.problem = fmt::format("more than {} terms that cause look-ups", kMaxTerms);
    co_return SpfResult::permerror;
  }
  std::string const target = fitting(co_await expand(std::move(to), std::move(domain)));
  SpfResult const result = co_await check_host(target, level);
  co_return result == SpfResult::none ? SpfResult::permerror : result;
}

bool SpfCheck::too_many_terms(SpfMechanism const& mechanism) {
  using Kind = SpfMechanism::Kind;
  if (mechanism.kind == Kind::all || mechanism.kind == Kind::ip4 || mechanism.kind == Kind::ip6) return false;
  if (++outcome_.terms <= kMaxTerms) return false;
  outcome_.problem = fmt::format("more than {} terms that cause look-ups", kMaxTerms);
  return true;
}

// Section 5
Inquiry<SpfCheck::Match> SpfCheck::match(SpfMechanism mechanism, std::string domain) {
  using Kind = SpfMechanism::Kind;
  if (mechanism.kind == Kind::all) co_return Match::yes;
  if (mechanism.kind == Kind::ip4 || mechanism.kind == Kind::ip6)
    co_return in_network(mechanism.network, mechanism) ? Match::yes : Match::no;
  if (too_many_terms(mechanism)) co_return Match::permerror;
  std::string target = domain;
  if (mechanism.domain) target = fitting(co_await expand(*mechanism.domain, domain));
  if (mechanism.kind == Kind::include) co_return co_await match_included(std::move(target));
  // Section 4.8: a name that the DNS cannot have exists nowhere.
  if (!is_query_name(target)) co_return Match::no;
  if (mechanism.kind == Kind::ptr) co_return co_await match_ptr(std::move(target));
  if (mechanism.kind == Kind::exists) co_return co_await match_exists(std::move(target));
  if (mechanism.kind == Kind::mx) co_return co_await match_mx(std::move(target), std::move(mechanism));
  std::vector<std::string> hosts{std::move(target)};
  co_return co_await match_addresses(std::move(hosts), std::move(mechanism));
}

// Section 5.2
Inquiry<SpfCheck::Match> SpfCheck::match_included(std::string target) {
  std::size_t const before = decided_.size();
  SpfResult const result = co_await check_host(std::move(target), Level::included);
  if (result == SpfResult::pass) co_return Match::yes;
  decided_.resize(before);
  if (result == SpfResult::temperror) co_return Match::temperror;
  if (result == SpfResult::permerror || result == SpfResult::none) co_return Match::permerror;
  co_return Match::no;
}

bool SpfCheck::in_network(IpAddress const& address, SpfMechanism const& mechanism) const {
  if (address.is_v4() != request_.client.is_v4()) return false;
  unsigned const bits = address.is_v4() ? mechanism.v4_bits : mechanism.v6_bits;
  return address.network(bits) == request_.client.network(bits);
}

SpfCheck::Match SpfCheck::failed(Answer const& answer, std::string const& name, RecordType type) {
  outcome_.problem = fmt::format("{}: {}", describe(name, type), to_string(answer.existence));
  return Match::temperror;
}

// Section 4.6.4: look-ups that find nothing are few in an honest record.
SpfCheck::Match SpfCheck::count_void(std::string const& name, RecordType type) {
  if (++outcome_.void_lookups <= kMaxVoidLookups) return Match::no;
  outcome_.problem =
      fmt::format("more than {} look-ups that find nothing, the last {}", kMaxVoidLookups, describe(name, type));
  return Match::permerror;
}

// Sections 5.3 and 5.4: the one host of "a", or those of an MX. A term counts as void once, when none has an address.
Inquiry<SpfCheck::Match> SpfCheck::match_addresses(std::vector<std::string> hosts, SpfMechanism mechanism) {
  std::vector<Answer> const answers = co_await ask(questions_of(hosts, address_type()));
  for (Answer const& answer : answers) {
    for (IpAddress const& address : addresses_of(answer)) {
      if (in_network(address, mechanism)) co_return Match::yes;
    }
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i].known()) co_return failed(answers[i], hosts[i], address_type());
  }
  auto found = [](Answer const& answer) { return answer.existence == Existence::found; };
  co_return std::ranges::any_of(answers, found) ? Match::no : count_void(hosts.front(), address_type());
}

Inquiry<SpfCheck::Match> SpfCheck::match_mx(std::string target, SpfMechanism mechanism) {
  Answer const answer = co_await ask({target, RecordType::mx});
  if (!answer.known()) co_return failed(answer, target, RecordType::mx);
  std::vector<std::string> hosts;
  std::vector<Mx> const records = records_of<Mx>(answer);
  if (records.size() > kMaxHosts) {
    outcome_.problem = fmt::format("{} has {} hosts", describe(target, RecordType::mx), records.size());
    co_return Match::permerror;
  }
  for (Mx const& mx : records) {
    if (is_query_name(mx.host)) hosts.push_back(mx.host);
  }
  if (records.empty()) co_return count_void(target, RecordType::mx);
  if (hosts.empty()) co_return Match::no;  // the null MX
  co_return co_await match_addresses(std::move(hosts), std::move(mechanism));
}

// Section 5.7: "A", also for an IPv6 peer.
Inquiry<SpfCheck::Match> SpfCheck::match_exists(std::string target) {
  Answer const answer = co_await ask({target, RecordType::a});
  if (!answer.known()) co_return failed(answer, target, RecordType::a);
  if (answer.existence == Existence::found) co_return Match::yes;
  co_return count_void(target, RecordType::a);
}

// Section 5.5; those after the tenth are ignored (section 4.6.4). Errors of the DNS mean that it does not match.
Inquiry<SpfCheck::Match> SpfCheck::match_ptr(std::string target) {
  ConfirmedNames const confirmed = co_await validated_names();
  auto is_in = [&](std::string const& name) { return is_within(name, target); };
  if (std::ranges::any_of(confirmed.names, is_in)) co_return Match::yes;
  bool const empty = confirmed.claimed.empty() && !confirmed.failed;
  co_return empty ? count_void(reverse_name(request_.client), RecordType::ptr) : Match::no;
}

// Asked for once.
Inquiry<ConfirmedNames> SpfCheck::validated_names() {
  if (!validated_) validated_ = co_await confirmed_names(request_.client);
  co_return *validated_;
}

Inquiry<std::string> SpfCheck::expand(SpfMacroString text, std::string domain) {
  SpfMacroValues values = values_;
  values.domain = domain;
  if (text.uses_validated()) {
    // Section 7.3: the domain itself, else a name below it, else any, else "unknown".
    ConfirmedNames const confirmed = co_await validated_names();
    std::vector<std::string> const& names = confirmed.names;
    auto same = [&](std::string const& name) { return iequals(name, domain); };
    auto below = [&](std::string const& name) { return is_within(name, domain); };
    auto chosen = std::ranges::find_if(names, same);
    if (chosen == names.end()) chosen = std::ranges::find_if(names, below);
    if (chosen == names.end()) chosen = names.begin();
    values.validated = chosen == names.end() ? "unknown" : *chosen;
  }
  co_return text.expand(values);
}

// Section 6.2: whatever goes wrong here, there is no explanation, and the result stays.
Inquiry<bool> SpfCheck::explain(SpfMacroString from, std::string domain) {
  std::string const name = fitting(co_await expand(std::move(from), domain));
  if (!is_query_name(name)) co_return false;
  Answer const answer = co_await ask({name, RecordType::txt});
  std::vector<Txt> const found = records_of<Txt>(answer);
  if (found.size() != 1 || !is_ascii(found.front().text)) co_return false;
  auto text = SpfMacroString::parse(found.front().text, SpfMacroString::Use::explanation);
  if (!text) co_return false;
  outcome_.explanation = co_await expand(*std::move(text), std::move(domain));
  co_return true;
}

}  // namespace yubin::policy
