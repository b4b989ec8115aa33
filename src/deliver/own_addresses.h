// Addresses in each of our domains whose mail the server reads itself.
#pragma once

#include <optional>
#include <string_view>

namespace yubin::deliver {

// Local-parts, in lower case. Reports are wherever the records of a domain send them (api/dns_records.h).
inline constexpr std::string_view kDmarcReportsTo = "dmarc-reports";
inline constexpr std::string_view kTlsReportsTo = "tls-reports";
inline constexpr std::string_view kChecksTo = "check";

// What a recipient of the server's own account is read for, in LocalTarget::mailbox.
inline constexpr std::string_view kForReports = "reports";
inline constexpr std::string_view kForChecks = "check";

struct OwnAddresses {
  bool reports = true;
  bool checks = false;  // who writes there is told what was seen of the message (reflector.h)

  // What the server does with mail for this local-part, in lower case; none: it is not one of these.
  std::optional<std::string_view> purpose_of(std::string_view local_part) const {
    if (reports && (local_part == kDmarcReportsTo || local_part == kTlsReportsTo)) return kForReports;
    if (checks && local_part == kChecksTo) return kForChecks;
    return std::nullopt;
  }
};

}  // namespace yubin::deliver
