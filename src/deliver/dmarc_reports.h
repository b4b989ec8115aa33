// Keeps what the judge saw of mail from domains that ask for reports, and sends each of them a report about its day
// (RFC 9990).
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/upkeep.h"
#include "deliver/report_destination.h"
#include "deliver/report_sender.h"
#include "report/rows.h"
#include "report/seen.h"

namespace yubin::deliver {

// The service that brings these reports into the queue, by which they are known there.
inline constexpr std::string_view kDmarcReportService = "dmarc-report";

inline constexpr std::size_t kMostRecords = 20'000;  // of a report; what is seen besides is not in it

// What was counted of a domain's day. The policy and the addresses are those that were seen last.
struct DmarcCounts {
  report::PublishedPolicy policy;
  std::vector<std::string> uris;
  std::map<report::AggregateRecord, std::uint64_t> messages;  // by what they have in common; `count` in it is 0
};

// A row has what was seen of one message.
struct DmarcCountsKey {
  report::Day day = 0;
  std::string domain;  // where the policy was found
  UniqueId id;         // of the message's entry in the journal

  std::string encode() const;
  static Result<DmarcCountsKey> decode(std::string_view key);  // Errc::corrupt
};
kv::Range dmarc_counts_range();                 // all
kv::Range dmarc_counts_range(report::Day end);  // of the days before this one
kv::Range dmarc_counts_range(report::Day day, std::string_view domain);
std::string encode_seen(report::Seen const& seen);
Result<> add_seen(std::string_view value, DmarcCounts& counts);  // Errc::corrupt

// To be put with the message. `id` of its entry in the journal.
kv::Row seen_row(report::Seen const& seen, UniqueId id);

class DmarcReports {
 public:
  using Services = OwnReportServices;
  explicit DmarcReports(Services services);

  // For upkeep; blocks. A slice reads some rows of one domain's day that is over; the last one sends the reports and
  // forgets the rows. What the DNS does not tell now is asked again at the next run, for three days.
  Result<Turn> send_one();
  // The next round reports this day too, up to now; what comes later makes another report. Any thread.
  void include_today() { today_too_ = true; }

 private:
  Result<> send(report::Day day, std::string const& domain, DmarcCounts const& counts,
                std::vector<ReportDestination> const& destinations);
  Result<> forget(report::Day day, std::string const& domain);
  Result<Turn> begin();
  Result<Turn> go_on();

  Services const services_;
  ReportSender const sender_;
  std::atomic<bool> today_too_ = false;
  // For the upkeep's thread.
  std::string next_;  // where this round of sending goes on
  struct Gathering {
    DmarcCountsKey key;
    kv::Range rest;
    DmarcCounts counts;
  };
  std::optional<Gathering> gathering_;  // a domain's day whose rows are being read, some at a time
};

}  // namespace yubin::deliver
