#include "policy/dmarc_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "policy/dns_name.h"
#include "policy/public_suffix.h"

namespace yubin::policy {

namespace {

using Suffix = DmarcRecord::Suffix;

// Deviates from RFC 9989 section 4.10.2: a record at a public suffix that says nothing of psd= counts as psd=y, because
// such records were published before that tag (RFC 9091), and would make strangers one organization.
bool is_suffix(std::string const& domain, DmarcRecord const& record) {
  return record.suffix == Suffix::yes || (record.suffix == Suffix::unknown && is_public_suffix(domain));
}

DmarcPolicy weaker(DmarcPolicy policy) {
  return policy == DmarcPolicy::reject ? DmarcPolicy::quarantine : DmarcPolicy::none;
}

// Of several authors the one for whom it looks worst: RFC 7489 section 6.6.1, RFC 9989 section 11.5.
int rank(DmarcOutcome const& outcome) {
  switch (outcome.result) {
    case DmarcResult::fail:
      return 10 + static_cast<int>(outcome.applied);
    case DmarcResult::temperror:
      return 4;
    case DmarcResult::permerror:
      return 3;
    case DmarcResult::none:
      return 2;
    case DmarcResult::pass:
      return 1;
  }
  return 0;
}

}  // namespace

std::string_view to_string(DmarcResult result) {
  switch (result) {
    case DmarcResult::none:
      return "none";
    case DmarcResult::pass:
      return "pass";
    case DmarcResult::fail:
      return "fail";
    case DmarcResult::temperror:
      return "temperror";
    case DmarcResult::permerror:
      return "permerror";
  }
  return "unknown";
}

DmarcRequest dmarc_request(Author author, SpfOutcome const* spf, std::vector<DkimOutcome> const* dkim) {
  DmarcRequest request{.author = std::move(author), .spf_domain = {}, .dkim_domains = {}};
  if (spf != nullptr) {
    if (spf->result == SpfResult::pass) request.spf_domain = spf->domain;
    request.incomplete = spf->result == SpfResult::temperror;
  }
  if (dkim == nullptr) return request;
  for (DkimOutcome const& one : *dkim) {
    // Deviates from RFC 6376 section 3.6.1: a good signature counts although its key says t=y. Keys that were never
    // changed after the test are many, and their owners' policies expect it.
    if (one.result == SignatureResult::pass) request.dkim_domains.push_back(one.domain);
    if (one.result == SignatureResult::temperror) request.incomplete = true;
  }
  return request;
}

std::vector<std::string> DmarcCheck::walk_of(std::string const& domain) {
  std::vector<std::string> names{domain};
  std::size_t const labels = label_count(domain);
  for (std::size_t next = labels > kMaxWalk ? kMaxWalk - 1 : labels - 1; next > 0; --next)
    names.emplace_back(last_labels(domain, next));
  return names;
}

Inquiry<Finding> DmarcCheck::run() {
  if (request_.author.domains.empty()) {
    outcome_.result = DmarcResult::permerror;
    outcome_.detail = request_.author.problem;
  }
  for (std::string const& author : request_.author.domains) {
    DmarcOutcome next = co_await evaluate(author);
    if (rank(next) > rank(outcome_) || outcome_.author.empty()) outcome_ = std::move(next);
  }
  co_return finding();
}

// Asks for those records that are not known yet, side by side. RFC 9989 section 4.10, steps 1 and 2.
Inquiry<bool> DmarcCheck::fetch(std::vector<std::string> domains) {
  std::erase_if(domains, [&](std::string const& domain) { return published_.contains(domain); });
  std::ranges::sort(domains);
  domains.erase(std::ranges::unique(domains).begin(), domains.end());
  std::vector<Question> questions;
  questions.reserve(domains.size());
  for (std::string const& domain : domains) questions.emplace_back("_dmarc." + domain, RecordType::txt);
  std::vector<Answer> const answers = co_await ask(std::move(questions));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    std::vector<DmarcRecord> records;
    for (Txt const& txt : records_of<Txt>(answers[i])) {
      if (auto record = parse_dmarc_record(txt.text)) records.push_back(*std::move(record));
    }
    Published& published = published_[domains[i]];
    // A name that is too long to be asked for has no record.
    published.known = answers[i].known() || !is_query_name("_dmarc." + domains[i]);
    if (records.size() == 1) published.record = std::move(records.front());
  }
  co_return true;
}

// Section 4.10.2. Empty: a look-up on the way failed.
std::optional<std::string> DmarcCheck::organization_of(std::string const& domain) const {
  std::string organization = domain;
  for (std::string const& name : walk_of(domain)) {
    Published const& published = published_.at(name);
    if (!published.known) return std::nullopt;
    if (!published.record) continue;
    if (published.record->suffix == Suffix::no) return name;
    if (name != domain && is_suffix(name, *published.record))
      return std::string(last_labels(domain, label_count(name) + 1));
    organization = name;
    if (published.record->suffix == Suffix::yes) break;
  }
  return organization;
}

// Section 4.10.1: the author domain's, its organizational domain's, its public suffix's. Empty: not known now; the
// domain in it may be empty, then there is none.
std::optional<std::string> DmarcCheck::find_policy_domain(DmarcOutcome& out) const {
  Published const& own = published_.at(out.author);
  if (!own.known) return std::nullopt;
  if (own.record) return out.author;
  auto organization = organization_of(out.author);
  if (!organization) return std::nullopt;
  out.organization = *organization;
  if (auto const found = published_.find(*organization); found != published_.end() && found->second.record)
    return organization;
  std::string const above(last_labels(*organization, label_count(*organization) - 1));
  auto const suffix = published_.find(above);
  bool const has = suffix != published_.end() && suffix->second.record && is_suffix(above, *suffix->second.record);
  return has ? above : "";
}

Inquiry<DmarcOutcome> DmarcCheck::evaluate(std::string author) {
  DmarcOutcome out;
  out.author = author;
  (void)co_await fetch(walk_of(author));
  auto const policy_domain = find_policy_domain(out);
  if (!policy_domain) {
    out.result = DmarcResult::temperror;
    out.detail = "the domain's policy cannot be had now";
    co_return out;
  }
  if (policy_domain->empty()) {
    out.aligned = vouches_for(out.author);
    co_return out;
  }
  out.policy_domain = *policy_domain;
  DmarcRecord const record = *published_.at(*policy_domain).record;
  out.record = record.text;
  out.aggregate = record.aggregate;
  out.testing = record.testing;
  if (record.unusable) {
    out.result = DmarcResult::permerror;
    out.detail = "the record's policy is none that there is";
    co_return out;
  }
  (void)co_await align(record, out);
  if (out.result == DmarcResult::temperror) co_return out;
  bool const chosen = co_await choose_policy(record, out);
  if (!chosen && out.result == DmarcResult::fail) {
    out.result = DmarcResult::temperror;
    out.detail = "whether the domain exists cannot be found out now";
  }
  co_return out;
}

// Sections 4.7 and 4.10.1. False: it depends on what cannot be known now.
Inquiry<bool> DmarcCheck::choose_policy(DmarcRecord record, DmarcOutcome& out) {
  out.policy = record.domain;
  out.policy_tag = "p";
  if (out.policy_domain != out.author) {
    if (record.subdomains) {
      out.policy = *record.subdomains;
      out.policy_tag = "sp";
    }
    if (record.missing_subdomains && *record.missing_subdomains != out.policy) {
      // Section 3.2.13 and RFC 8020: a name that does not exist does not for any type.
      Answer const answer = co_await ask({out.author, RecordType::a});
      if (!answer.known()) co_return false;
      if (answer.existence == Existence::no_name) {
        out.policy = *record.missing_subdomains;
        out.policy_tag = "np";
      }
    }
  }
  out.applied = record.testing ? weaker(out.policy) : out.policy;
  co_return true;
}

// Without any record a domain is an organization of its own (section 4.10.2), so only the domain itself vouches.
std::string DmarcCheck::vouches_for(std::string const& author) const {
  for (std::string const& domain : request_.dkim_domains)
    if (iequals(domain, author)) return "dkim " + domain;
  return iequals(request_.spf_domain, author) ? "spf " + request_.spf_domain : "";
}

// Sections 4.4 and 5.3.4: the result is set; true if somebody vouches.
Inquiry<bool> DmarcCheck::align(DmarcRecord record, DmarcOutcome& out) {
  struct Identifier {
    std::string method;
    std::string domain;  // as it was given; section 4.4 compares without case
    bool strict;
  };
  std::vector<Identifier> identifiers;
  identifiers.reserve(request_.dkim_domains.size() + 1);
  for (std::string const& domain : request_.dkim_domains) identifiers.push_back({"dkim", domain, record.strict_dkim});
  if (!request_.spf_domain.empty()) identifiers.push_back({"spf", request_.spf_domain, record.strict_spf});

  std::vector<std::string> walks;
  for (Identifier const& one : identifiers) {
    if (!iequals(one.domain, out.author)) {
      if (!one.strict) std::ranges::copy(walk_of(to_lower(one.domain)), std::back_inserter(walks));
      continue;
    }
    out.aligned = one.method + " " + one.domain;
    out.result = DmarcResult::pass;
    co_return true;
  }
  (void)co_await fetch(std::move(walks));
  auto const own = organization_of(out.author);
  if (own) out.organization = *own;
  bool unknown = request_.incomplete;
  for (Identifier const& one : identifiers) {
    if (one.strict) continue;
    auto const other = organization_of(to_lower(one.domain));
    if (!own || !other) {
      unknown = true;
    } else if (*own == *other) {
      out.aligned = one.method + " " + one.domain;
      out.result = DmarcResult::pass;
      co_return true;
    }
  }
  out.result = unknown ? DmarcResult::temperror : DmarcResult::fail;
  out.detail = unknown ? "who vouches for the message cannot be found out now" : "";
  co_return false;
}

}  // namespace yubin::policy
