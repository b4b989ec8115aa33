#include "policy/iprev_check.h"

#include <fmt/format.h>

#include "policy/confirmed_names.h"

namespace yubin::policy {

Inquiry<Finding> IprevCheck::run() {
  ConfirmedNames const names = co_await confirmed_names(client_);
  std::string const client = client_.text();
  Finding finding{.check = "iprev", .result = {}, .summary = {}, .evidence = {{"client", client}}};
  if (!names.names.empty()) {
    result_ = "pass";
    finding.summary = fmt::format("{} is {}", client, names.names.front());
  } else if (names.failed) {
    result_ = "temperror";
    finding.summary = fmt::format("the name of {} cannot be found out now", client);
  } else if (names.claimed.empty()) {
    result_ = "permerror";
    finding.summary = fmt::format("{} has no name", client);
  } else {
    result_ = "fail";
    finding.summary = fmt::format("{} does not lead back to {}", names.claimed.front(), client);
  }
  finding.result = result_;
  for (std::string const& name : names.claimed) finding.evidence.push_back({"name", name});
  co_return finding;
}

}  // namespace yubin::policy
