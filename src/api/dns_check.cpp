#include "api/dns_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "api/dns_compare.h"
#include "base/text.h"
#include "deliver/policy_dns.h"
#include "policy/key_state.h"
#include "policy/spf_check.h"

namespace yubin::api {

namespace {

using Verdict = DnsFinding::Verdict;
using Findings = std::vector<DnsFinding>;
using Keys = std::vector<directory::SigningKey>;

constexpr auto kCertificateWarning = std::chrono::days(14);

bool is_known(dns::Answer const& answer) {
  return answer.status != dns::Status::temporary && answer.status != dns::Status::bogus;
}

std::string without_dot(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return name;
}

dns::Question question_of(DnsRecord const& record) {
  return {type_of(record), without_dot(record.name)};
}

// Those of one name, type and purpose together.
std::vector<std::vector<DnsRecord>> grouped(std::vector<DnsRecord> const& records) {
  std::vector<std::vector<DnsRecord>> out;
  for (DnsRecord const& one : records) {
    auto same = [&](std::vector<DnsRecord> const& group) {
      DnsRecord const& first = group.front();
      return first.name == one.name && first.type == one.type && first.purpose == one.purpose;
    };
    auto const found = std::ranges::find_if(out, same);
    if (found == out.end()) {
      out.push_back({one});
    } else {
      found->push_back(one);
    }
  }
  return out;
}

std::string joined(std::vector<DnsRecord> const& records) {
  std::string out;
  for (DnsRecord const& one : records) out += (out.empty() ? "" : ", ") + one.value;
  return out;
}

Judged judge_key(DnsRecord const& record, Keys const& keys, dns::Answer const& answer) {
  auto const key = std::ranges::find(keys, record.selector, &directory::SigningKey::selector);
  policy::Sighting const seen = policy::sighting_of(*key, deliver::from_dns(dns::RecordType::txt, answer));
  if (seen.kind == policy::Sighting::Kind::good) return {};
  return {Verdict::bad, seen.words};
}

DnsFinding finding_of(std::vector<DnsRecord> const& wanted, dns::Answer const& answer, Keys const& keys,
                      DnsFacts const& facts) {
  DnsFinding out{
      .name = wanted.front().name, .type = wanted.front().type, .expected = joined(wanted), .found = texts_of(answer)};
  if (!is_known(answer)) {
    out.verdict = Verdict::unknown;
    out.words = answer.why.empty() ? "no answer" : answer.why;
    return out;
  }
  bool const is_key = wanted.front().purpose == DnsRecord::Purpose::dkim;
  Judged judged = is_key ? judge_key(wanted.front(), keys, answer) : compare({wanted, answer}, facts);
  out.verdict = judged.verdict;
  out.words = std::move(judged.words);
  return out;
}

// RFC 8659 section 3: what holds for a name stands at it, or at the nearest name above that has such records.
dns::Answer climb(DnsWorld const& world, dns::Question question, dns::Answer answer) {
  while (is_known(answer) && answer.records.empty() && question.name.contains('.')) {
    question.name.erase(0, question.name.find('.') + 1);
    answer = world.ask({question}).front();
  }
  return answer;
}

Findings look_up_all(DnsWorld const& world, std::vector<DnsRecord> const& records, Keys const& keys) {
  auto const groups = grouped(records);
  std::vector<dns::Question> questions;
  questions.reserve(groups.size());
  for (auto const& group : groups) questions.push_back(question_of(group.front()));
  std::vector<dns::Answer> answers = world.ask(questions);
  Findings out;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (questions[i].type == dns::RecordType::caa) answers[i] = climb(world, questions[i], std::move(answers[i]));
    out.push_back(finding_of(groups[i], answers[i], keys, world.facts));
  }
  return out;
}

// As a server does that gets our mail.
policy::SpfOutcome evaluate_spf(DnsWorld const& world, IpAddress const& address, std::string const& sender) {
  policy::SpfCheck check({.client = address, .helo = world.facts.host_name, .sender = sender, .now = world.now});
  for (policy::Step step = check.poll(); std::holds_alternative<policy::Lookup>(step); step = check.poll()) {
    std::vector<dns::Question> questions;
    for (policy::Question const& one : std::get<policy::Lookup>(step).questions)
      questions.push_back(deliver::to_dns(one));
    std::vector<dns::Answer> answers = world.ask(questions);
    std::vector<policy::Answer> converted;
    for (std::size_t i = 0; i < questions.size(); ++i)
      converted.push_back(deliver::from_dns(questions[i].type, std::move(answers[i])));
    check.resume(std::move(converted));
  }
  return check.outcome();
}

// A record of the domain's own making is fine if it lets all our addresses send. An empty sender: the greeting's name.
void try_spf(DnsWorld const& world, std::string const& sender, DnsFinding& finding) {
  // Where a relay sends for us, its addresses count and not ours.
  if (finding.verdict != Verdict::good || !world.facts.relay.empty()) return;
  for (IpAddress const& address : world.facts.addresses) {
    policy::SpfOutcome const outcome = evaluate_spf(world, address, sender);
    if (outcome.result == policy::SpfResult::pass) continue;
    bool const is_unknown = outcome.result == policy::SpfResult::temperror;
    finding.verdict = is_unknown ? Verdict::unknown : Verdict::bad;
    finding.words = fmt::format("mail from {} gets \"{}\"", address.text(), to_string(outcome.result));
    if (!outcome.problem.empty()) finding.words += ": " + outcome.problem;
  }
}

// The address's names, and whether one leads back (FCrDNS).
DnsFinding check_reverse(DnsWorld const& world, IpAddress const& address) {
  dns::Question const question = dns::Question::reverse(address);
  DnsFinding out{.name = question.name + ".", .type = "PTR", .expected = world.facts.host_name + ".", .found = {}};
  dns::Answer const answer = world.ask({question}).front();
  out.found = texts_of(answer);
  if (!is_known(answer)) {
    out.verdict = Verdict::unknown;
    out.words = answer.why;
    return out;
  }
  std::vector<dns::Question> forward;
  for (dns::Record const& record : answer.records) {
    auto const* ptr = std::get_if<dns::Ptr>(&record);
    if (ptr != nullptr && forward.size() < 10)
      forward.push_back({address.is_v4() ? dns::RecordType::a : dns::RecordType::aaaa, ptr->name});
  }
  out.verdict = Verdict::bad;
  out.words = "the address has no name: many servers refuse its mail";
  if (forward.empty()) return out;
  std::vector<dns::Answer> const answers = world.ask(forward);
  out.words = "its name does not lead back to it: many servers refuse its mail";
  for (std::size_t i = 0; i < forward.size(); ++i) {
    bool const leads_back = std::ranges::find(answers[i].records, dns::Record(address)) != answers[i].records.end();
    if (!is_known(answers[i]) && out.verdict == Verdict::bad) out.verdict = Verdict::unknown;
    if (!leads_back) continue;
    bool const is_ours = iequals(forward[i].name, world.facts.host_name);
    out.verdict = is_ours ? Verdict::good : Verdict::advice;
    out.words = is_ours ? "" : "another name than the one that this server greets with";
    if (is_ours) break;
  }
  return out;
}

// RFC 5782 section 2: an address that is listed has a record of 127.0.0.0/8. Some lists answer so from 127.255.255.0/24
// when they will not talk to who asks.
DnsFinding judge_listing(std::string list, IpAddress const& address, dns::Answer const& answer) {
  DnsFinding out{.name = std::move(list) + ".",
                 .type = "block list",
                 .expected = "no record of " + address.text(),
                 .found = texts_of(answer)};
  if (!is_known(answer)) {
    out.verdict = Verdict::unknown;
    out.words = answer.why;
  }
  for (std::string const& text : out.found) {
    if (!text.starts_with("127.")) continue;
    bool const is_refused = text.starts_with("127.255.255.");
    out.verdict = is_refused ? Verdict::unknown : Verdict::bad;
    out.words = is_refused ? "the list does not answer whoever asks for us (dns.forwarders?)"
                           : fmt::format("{} is in it", address.text());
  }
  return out;
}

void check_lists(DnsWorld const& world, Findings& out) {
  std::vector<dns::Question> questions;
  std::vector<std::pair<std::string, IpAddress>> asked;
  for (IpAddress const& address : world.facts.addresses) {
    if (address.is_loopback()) continue;
    for (std::string const& list : world.facts.block_lists) {
      // "1.2.0.192.in-addr.arpa" without its last two labels
      std::string const reverse = dns::Question::reverse(address).name;
      std::string const number = reverse.substr(0, reverse.rfind('.', reverse.rfind('.') - 1));
      questions.push_back({dns::RecordType::a, number + "." + list});
      asked.emplace_back(list, address);
    }
  }
  std::vector<dns::Answer> const answers = world.ask(questions);
  for (std::size_t i = 0; i < asked.size(); ++i)
    out.push_back(judge_listing(asked[i].first, asked[i].second, answers[i]));
}

DnsFinding check_certificate(DnsFacts::Certificate const& certificate, WallTime now) {
  DnsFinding out{
      .name = certificate.file, .type = "certificate", .expected = "good for two weeks at least", .found = {}};
  auto const days = std::chrono::floor<std::chrono::days>(certificate.expires - now).count();
  out.found.push_back(fmt::format("{} days left", days));
  if (certificate.expires - now >= kCertificateWarning) return out;
  out.verdict = Verdict::bad;
  out.words = certificate.expires <= now ? "it has expired" : "it expires soon";
  return out;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "good";
    case Verdict::advice:
      return "advice";
    case Verdict::unknown:
      return "unknown";
    case Verdict::bad:
      return "bad";
  }
  return "";
}

Findings check_domain(DnsWorld const& world, mime::Domain const& domain, Keys const& keys) {
  std::vector<DnsRecord> const records = records_of_domain(world.facts, domain, keys);
  Findings out = look_up_all(world, records, keys);
  for (DnsFinding& one : out) {
    if (one.name == domain.text() + "." && one.type == "TXT") try_spf(world, "postmaster@" + domain.text(), one);
  }
  return out;
}

Findings check_host(DnsWorld const& world) {
  Findings out = look_up_all(world, records_of_host(world.facts), {});
  for (DnsFinding& one : out) {
    if (one.type == "TXT") try_spf(world, "", one);
  }
  // Nobody else sees a connection from loopback.
  for (IpAddress const& address : world.facts.addresses)
    if (!address.is_loopback()) out.push_back(check_reverse(world, address));
  check_lists(world, out);
  for (DnsFacts::Certificate const& one : world.facts.certificates) out.push_back(check_certificate(one, world.now));
  return out;
}

}  // namespace yubin::api
