// What reports of a time say together: the page of `yubin report`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kv/key_value.h"
#include "report/rows.h"

namespace yubin::report {

// Who sends mail in a domain's name.
enum class Standing : std::uint8_t {
  unknown,    // nobody vouches for it: a forgery, or a service that was forgotten
  forwarder,  // known to pass on mail of others, which breaks SPF and often DKIM
  ours,       // the domain's own SPF record or key vouches for it
};
std::string_view to_string(Standing standing);

// By its reverse name, which must be confirmed: one of those that forward for many people.
bool is_known_forwarder(std::string_view name);

struct Source {
  IpAddress address;
  ReverseName name{};
  Standing standing = Standing::unknown;
  std::uint64_t messages = 0;
  std::uint64_t passed = 0;
  std::uint64_t dkim_aligned = 0;
  std::uint64_t spf_aligned = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t rejected = 0;
  std::map<std::string, std::uint64_t> authors{};  // messages by the domain in From; at most kMostAuthors
  bool was_forwarded = false;                      // as a reporter says

  std::uint64_t failed() const { return messages - passed; }
};
inline constexpr std::size_t kMostAuthors = 10;

struct DaySum {
  Day day = 0;
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
};

struct DmarcSummary {
  std::string domain;
  Day from = 0;
  Day to = 0;  // included
  std::uint64_t reports = 0;
  std::uint64_t records = 0;
  std::uint64_t unreadable = 0;
  std::map<std::string, std::uint64_t> reporters{};  // messages by organization
  std::vector<DaySum> days{};                        // from the first to the last day that has a report, none left out
  std::vector<Source> sources{};                     // unknown before forwarders before ours; most failures first
  std::vector<FailureReport> failures{};             // the first kMostFailures
  std::uint64_t failure_count = 0;

  std::uint64_t passed() const;
  std::uint64_t failed() const;
};
inline constexpr std::size_t kMostFailures = 50;

// A kind of failure (TlsFailure without its count), and how often.
struct TlsFailureSum {
  std::string result;
  std::string mx;
  std::string receiving_ip;
  std::string sending_ip;
  std::string reason;
  friend auto operator<=>(TlsFailureSum const&, TlsFailureSum const&) = default;
};

struct TlsSummary {
  std::string domain;
  Day from = 0;
  Day to = 0;
  std::uint64_t reports = 0;
  std::map<std::string, DaySum> reporters{};  // `day` is unused
  std::map<std::string, DaySum> policies{};   // by type
  std::vector<DaySum> days{};
  std::vector<std::pair<TlsFailureSum, std::uint64_t>> failures{};  // most first

  std::uint64_t good() const;
  std::uint64_t bad() const;
};

// From the rows of the domain; both days included. Linear in the records; nothing is looked up elsewhere. Errors: those
// of the store.
Result<DmarcSummary> summarize_dmarc(kv::KeyValue const& rows, std::string_view domain, Day from, Day to);
Result<TlsSummary> summarize_tls(kv::KeyValue const& rows, std::string_view domain, Day from, Day to);

}  // namespace yubin::report
