// Failure reports on single messages: the form of RFC 5965 with the fields of RFC 6591.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace yubin::report {

// Texts are tamed and cut (words.h); empty: the report does not say.
struct FailureReport {
  std::string feedback_type{};  // "auth-failure", "abuse", ...
  std::string user_agent{};
  std::string auth_failure{};        // "dmarc", "dkim", "spf", "bodyhash", ...
  std::string identity_alignment{};  // "none", "dkim", "spf", "dkim, spf"
  std::string delivery_result{};     // "delivered", "reject", ...
  std::string reported_domain{};
  std::string source{};  // an IP address
  std::string mail_from{};
  std::string dkim_domain{};
  std::string dkim_selector{};
  std::string reporting_mta{};
  std::int64_t arrival = 0;     // seconds since 1970; 0: it does not say
  std::uint64_t incidents = 1;  // that were alike
  // Of the message that it is about.
  std::string from{};
  std::string subject{};
  std::string message_id{};

  friend bool operator==(FailureReport const&, FailureReport const&) = default;
};

// `fields`: the message/feedback-report; `original`: header section of the message, may be empty. Errors: syntax (it
// has no Feedback-Type, or one that is not about authentication).
Result<FailureReport> parse_failure(std::string_view fields, std::string_view original);

}  // namespace yubin::report
