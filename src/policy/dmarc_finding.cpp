// What is said of a DMARC result.
#include <fmt/format.h>

#include "policy/dmarc_check.h"
#include "policy/shown_name.h"

namespace yubin::policy {

namespace {

std::string summary_of(DmarcOutcome const& outcome) {
  std::string const author = shown_name(outcome.author);
  switch (outcome.result) {
    case DmarcResult::none:
      return fmt::format("{} does not say what to do with mail that is not from it", author);
    case DmarcResult::pass:
      return fmt::format("the message is from {}: {} vouches for it", author, outcome.aligned);
    case DmarcResult::fail:
      return fmt::format("nobody vouches for {}, and its policy is {}", author, to_string(outcome.applied));
    case DmarcResult::temperror:
      return fmt::format("whether the message is from {} cannot be found out now: {}", author, outcome.detail);
    case DmarcResult::permerror:
      return outcome.author.empty() ? "nobody can be vouched for: " + outcome.detail
                                    : fmt::format("what {} says cannot be used: {}", author, outcome.detail);
  }
  return {};
}

std::string joined(std::vector<std::string> const& domains) {
  return fmt::format("{}", fmt::join(domains, ", "));
}

}  // namespace

Finding DmarcCheck::finding() const {
  Finding finding{.check = "dmarc", .result = std::string(to_string(outcome_.result)), .summary = {}, .evidence = {}};
  finding.summary = summary_of(outcome_);
  auto add = [&](std::string name, std::string value) {
    if (!value.empty()) finding.evidence.push_back({std::move(name), std::move(value)});
  };
  add("author", outcome_.author);
  if (request_.author.domains.size() > 1) add("all authors", joined(request_.author.domains));
  add("policy of", outcome_.policy_domain);
  add("record", outcome_.record);
  add("organizational domain", outcome_.organization);
  add("aligned", outcome_.aligned);
  add("good signatures", joined(request_.dkim_domains));
  add("spf pass", request_.spf_domain);
  if (outcome_.result == DmarcResult::fail) {
    add("policy", fmt::format("{}={}", outcome_.policy_tag, to_string(outcome_.policy)));
    if (outcome_.testing) add("policy applied", fmt::format("{} (t=y)", to_string(outcome_.applied)));
  }
  return finding;
}

}  // namespace yubin::policy
