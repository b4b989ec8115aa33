// What is told to a domain about the TLS of mail to it (RFC 8460): counts for a day, kept in rows, and the report made
// of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_id.h"
#include "kv/types.h"

namespace yubin::deliver {

// RFC 8460 section 4.4: the policy that was found, as the report repeats it.
struct ReportedPolicy {
  std::string type = "no-policy-found";  // or "tlsa", "sts"
  std::vector<std::string> lines{};      // the records, or the policy's lines
  std::vector<std::string> mx{};         // the patterns of "sts"

  friend auto operator<=>(ReportedPolicy const&, ReportedPolicy const&) = default;
};

// A kind of failure (section 4.3), where it happened. Equal ones are counted.
struct ReportedFailure {
  std::string result;  // "certificate-expired"
  std::string host{};  // that we wanted to reach
  std::string ip{};    // its address
  std::string from{};  // our address
  std::string why{};   // in words

  friend auto operator<=>(ReportedFailure const&, ReportedFailure const&) = default;
};

struct SessionCounts {
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  std::map<ReportedFailure, std::uint64_t>
      failures{};  // so many kinds at most: kMostFailures; all are counted in `bad`

  friend bool operator==(SessionCounts const&, SessionCounts const&) = default;
};
inline constexpr std::size_t kMostFailures = 50;

// A domain's day.
using DomainCounts = std::map<ReportedPolicy, SessionCounts>;
void count_good(DomainCounts& counts, ReportedPolicy const& policy);
void count_bad(DomainCounts& counts, ReportedPolicy const& policy, ReportedFailure failure);
void add(DomainCounts& counts, DomainCounts const& more);

// Days since 1970, in UTC (section 4.1).
using Day = std::uint32_t;
Day day_of(WallTime time);
std::int64_t begin_of(Day day);  // seconds since 1970

// A row holds what one run of the server has counted of a domain's day.
struct TlsReportKey {
  Day day = 0;
  std::string domain;
  UniqueId run;

  std::string encode() const;
  static Result<TlsReportKey> decode(std::string_view key);  // Errc::corrupt
};
kv::Range tls_report_range();         // all
kv::Range tls_report_range(Day end);  // of the days before this one
kv::Range tls_report_range(Day day, std::string_view domain);
std::string encode_counts(DomainCounts const& counts);
Result<DomainCounts> decode_counts(std::string_view value);  // Errc::corrupt

// Section 4.4: JSON.
struct ReportHead {
  std::string organization;  // whose server this is
  std::string contact;       // an address
  std::string id;            // unlike that of any other report
};
std::string tls_report_json(ReportHead const& head, Day day, std::string_view domain, DomainCounts const& counts);

}  // namespace yubin::deliver
