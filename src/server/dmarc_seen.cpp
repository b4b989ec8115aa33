#include "server/dmarc_seen.h"

#include <algorithm>

#include "base/text.h"
#include "deliver/report_destination.h"
#include "report/words.h"

namespace yubin::server {

namespace {

using policy::DmarcPolicy;
using policy::DmarcResult;
using report::Aligned;

constexpr std::size_t kMostSignatures = 10;  // RFC 9990 section 3.1.3 has at most 100

report::PublishedPolicy published(policy::DmarcOutcome const& outcome) {
  policy::DmarcRecord const record = policy::parse_dmarc_record(outcome.record).value_or(policy::DmarcRecord{});
  DmarcPolicy const subdomains = record.subdomains.value_or(record.domain);
  return {.domain = outcome.policy_domain,
          .p = std::string(to_string(record.domain)),
          .sp = std::string(to_string(subdomains)),
          .np = std::string(to_string(record.missing_subdomains.value_or(subdomains))),
          .adkim = record.strict_dkim ? "s" : "r",
          .aspf = record.strict_spf ? "s" : "r",
          .testing = record.testing ? "y" : "n",
          .discovery_method = "treewalk"};
}

// Of identifiers that passed. The check itself says only who vouched first.
Aligned aligned(policy::DmarcOutcome const& outcome, std::string_view domain, std::string_view mode) {
  if (outcome.result != DmarcResult::pass) return Aligned::no;
  bool const same = mode == "s" ? iequals(domain, outcome.author)
                                : deliver::organizational_domain(to_lower(domain)) ==
                                      deliver::organizational_domain(to_lower(outcome.author));
  return same ? Aligned::yes : Aligned::no;
}

void add_dkim(report::Seen& seen, policy::DmarcOutcome const& outcome, std::vector<policy::DkimOutcome> const& dkim) {
  for (policy::DkimOutcome const& one : dkim) {
    if (one.domain.empty() || seen.record.dkim.size() >= kMostSignatures) continue;
    seen.record.dkim.push_back({.domain = report::tame_word(one.domain),
                                .selector = report::tame(one.selector),
                                .result = std::string(to_string(one.result))});
    if (one.result == policy::SignatureResult::pass && aligned(outcome, one.domain, seen.policy.adkim) == Aligned::yes)
      seen.record.dkim_aligned = Aligned::yes;
  }
}

// RFC 9990 section 3.1.1.12: only MAIL FROM, or HELO in place of a null reverse-path.
void add_spf(report::Seen& seen, policy::DmarcOutcome const& outcome, policy::SpfOutcome const& spf) {
  seen.record.spf.push_back({.domain = report::tame_word(spf.domain),
                             .scope = spf.identity == policy::SpfOutcome::Identity::helo ? "helo" : "mfrom",
                             .result = std::string(to_string(spf.result))});
  if (spf.result == policy::SpfResult::pass) seen.record.spf_aligned = aligned(outcome, spf.domain, seen.policy.aspf);
}

// What vouched for it, if the list of public suffixes and the DNS differ about an organization.
void add_who_vouched(report::Seen& seen, policy::DmarcOutcome const& outcome) {
  if (outcome.result != DmarcResult::pass || seen.record.passed()) return;
  (outcome.aligned.starts_with("dkim") ? seen.record.dkim_aligned : seen.record.spf_aligned) = Aligned::yes;
}

// Findings decide nothing yet, so a failure is always let through.
void add_disposition(report::Seen& seen, policy::DmarcOutcome const& outcome) {
  if (outcome.result == DmarcResult::pass) {
    bool const enforcing = outcome.policy != DmarcPolicy::none;
    seen.record.disposition = enforcing ? report::Disposition::pass : report::Disposition::none;
  } else if (outcome.applied != DmarcPolicy::none) {
    seen.record.overrides.push_back({"local_policy", "the result was noted and decided nothing"});
  } else if (outcome.testing && outcome.policy != DmarcPolicy::none) {
    seen.record.overrides.push_back({"policy_test_mode", ""});
  }
}

// Those that a report will go to; a record may name thousands.
std::vector<std::string> readers_of(policy::DmarcOutcome const& outcome) {
  std::vector<std::string> out;
  for (std::string const& uri : outcome.aggregate)
    if (out.size() < deliver::kMostDestinations && deliver::parse_report_uri(uri)) out.push_back(uri);
  return out;
}

}  // namespace

std::optional<report::Seen> dmarc_seen(IpAddress const& client, std::string_view sender,
                                       policy::DmarcOutcome const& outcome, policy::SpfOutcome const* spf,
                                       std::vector<policy::DkimOutcome> const* dkim) {
  bool const is_known = outcome.result == DmarcResult::pass || outcome.result == DmarcResult::fail;
  std::vector<std::string> readers = is_known ? readers_of(outcome) : std::vector<std::string>();
  if (readers.empty()) return std::nullopt;
  report::Seen seen{.policy = published(outcome),
                    .uris = std::move(readers),
                    .record = {.source = client, .count = 1, .header_from = report::tame_word(outcome.author)}};
  seen.record.envelope_from = report::tame_word(sender.substr(sender.rfind('@') + 1));
  if (dkim != nullptr) add_dkim(seen, outcome, *dkim);
  if (spf != nullptr) add_spf(seen, outcome, *spf);
  add_who_vouched(seen, outcome);
  add_disposition(seen, outcome);
  return seen;
}

}  // namespace yubin::server
