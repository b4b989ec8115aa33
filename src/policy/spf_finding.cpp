// What is said of an SPF result. RFC 7208 section 2.6 has the meaning of the words.
#include <fmt/format.h>

#include "policy/shown_name.h"
#include "policy/spf_check.h"

namespace yubin::policy {

namespace {

std::string summary_of(SpfOutcome const& outcome, std::string const& client) {
  std::string const domain = shown_name(outcome.domain);
  switch (outcome.result) {
    case SpfResult::none:
      return fmt::format("nothing is known of who may send for {}: {}", domain, outcome.problem);
    case SpfResult::neutral:
      return fmt::format("{} says nothing of whether {} may send for it", domain, client);
    case SpfResult::pass:
      return fmt::format("{} permits {} to send for it", domain, client);
    case SpfResult::fail:
      return fmt::format("{} does not permit {} to send for it", domain, client);
    case SpfResult::softfail:
      return fmt::format("{} says that {} should not send for it", domain, client);
    case SpfResult::temperror:
      return fmt::format("who may send for {} cannot be found out now: {}", domain, outcome.problem);
    case SpfResult::permerror:
      return fmt::format("what {} says of who may send for it cannot be used: {}", domain, outcome.problem);
  }
  return {};
}

}  // namespace

Finding SpfCheck::finding() const {
  Finding finding{.check = "spf", .result = std::string(to_string(outcome_.result)), .summary = {}, .evidence = {}};
  std::string const client = request_.client.text();
  finding.summary = summary_of(outcome_, client);
  auto add = [&](std::string name, std::string value) {
    if (!value.empty()) finding.evidence.push_back({std::move(name), std::move(value)});
  };
  add("identity", std::string(to_string(outcome_.identity)));
  add("domain", outcome_.domain);
  add("client", client);
  add("record", outcome_.record);
  add("mechanism", outcome_.mechanism);
  if (outcome_.result != SpfResult::none) add("problem", outcome_.problem);
  add("explanation", outcome_.explanation);
  add("terms with look-ups", std::to_string(outcome_.terms));
  return finding;
}

}  // namespace yubin::policy
