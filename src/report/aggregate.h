// DMARC aggregate reports: what others saw of the mail that claims to be from a domain. Both schemas, that of RFC 7489
// appendix C and that of RFC 9990, and what is really sent in their name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "report/xml.h"

namespace yubin::report {

// What was done with the mail. `pass`: nothing, since it passed (RFC 9990 only).
enum class Disposition : std::uint8_t { none, pass, quarantine, reject };
std::string_view to_string(Disposition disposition);

// Whether an identifier that passed is aligned with the author's domain.
enum class Aligned : std::uint8_t { no, yes };

// Why the policy was not followed: "mailing_list", "trusted_forwarder", "forwarded", "local_policy", ...
struct Override {
  std::string type{};
  std::string comment{};
  friend auto operator<=>(Override const&, Override const&) = default;
};

// A signature, or the look at the envelope: "pass", "fail", "softfail", "temperror", ...
struct AuthResult {
  std::string domain{};
  std::string selector{};  // of a signature
  std::string scope{};     // of SPF: "mfrom", "helo"
  std::string result{};
  std::string detail{};  // in words
  friend auto operator<=>(AuthResult const&, AuthResult const&) = default;
};

// So many messages that were alike.
struct AggregateRecord {
  IpAddress source{};
  std::uint64_t count = 0;
  Disposition disposition = Disposition::none;
  Aligned dkim_aligned = Aligned::no;
  Aligned spf_aligned = Aligned::no;
  std::vector<Override> overrides{};
  std::string header_from{};
  std::optional<std::string> envelope_from{};  // empty: the null reverse-path
  std::string envelope_to{};
  std::vector<AuthResult> dkim{};
  std::vector<AuthResult> spf{};

  bool passed() const { return dkim_aligned == Aligned::yes || spf_aligned == Aligned::yes; }
  friend auto operator<=>(AggregateRecord const&, AggregateRecord const&) = default;
};

// As the reporter found it. Empty: it does not say.
struct PublishedPolicy {
  std::string domain{};
  std::string p{};
  std::string sp{};
  std::string np{};
  std::string adkim{};
  std::string aspf{};
  std::string pct{};
  std::string fo{};
  std::string testing{};
  std::string discovery_method{};
  friend auto operator<=>(PublishedPolicy const&, PublishedPolicy const&) = default;
};

struct AggregateReport {
  std::string organization{};
  std::string email{};
  std::string contact{};  // "extra_contact_info"
  std::string id{};
  std::int64_t begin = 0;  // seconds since 1970
  std::int64_t end = 0;
  std::string error{};
  std::string generator{};
  PublishedPolicy policy{};
  std::vector<AggregateRecord> records{};
  std::uint64_t unreadable = 0;  // records without a source or a count, which are left out

  friend bool operator==(AggregateReport const&, AggregateReport const&) = default;
};

struct AggregateLimits {
  XmlLimits xml = {};
  std::size_t records = 50'000;
  std::size_t results =
      20;  // of each kind in a record: signatures, looks at the envelope, overrides; others are left out
};

// In any order, with or without namespaces. What is missing is empty, texts are tamed and cut (words.h); a report must
// say for which domain and time it is (`end` missing: a day). Without an id it has that of its bytes, so that it is
// still the same when it comes twice. Errors: syntax, limit.
Result<AggregateReport> parse_aggregate(std::string_view xml, AggregateLimits const& limits = {});

// As RFC 9990 has it. parse_aggregate(print_aggregate(x)) == x for what parse_aggregate() gave, but for `unreadable`.
std::string print_aggregate(AggregateReport const& report);

}  // namespace yubin::report
