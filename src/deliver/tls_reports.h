// Counts the TLS sessions of mail that goes out, and sends each domain that asks for it a report about its day
// (RFC 8460).
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/upkeep.h"
#include "deliver/report_sender.h"
#include "deliver/tls_report.h"

namespace yubin::deliver {

// The service that brings these reports into the queue, by which they are known there.
inline constexpr std::string_view kTlsReportService = "tlsrpt";

// RFC 8460 section 3: where a domain wants its reports, from the TXT records of _smtp._tls.DOMAIN. Addresses of mail;
// reports over HTTPS are not sent. Empty: none are wanted.
std::vector<mime::Address> report_addresses(dns::Answer const& txt);

// Section 5.3: the report as a message to one address.
struct ReportMail {
  ReportHead head;
  std::string host_name;
  std::string domain;  // that it is about
  Day day;
  std::int64_t now;  // seconds since 1970
};
std::string make_report_mail(ReportMail const& mail, mime::Address const& to, std::string_view json);

class TlsReports {
 public:
  using Services = OwnReportServices;
  explicit TlsReports(Services services)
      : services_(std::move(services)), sender_(services_), run_(services_.ids.next()) {}

  // Any thread; in memory. A crash loses what write() has not yet written.
  void good(std::string const& domain, ReportedPolicy const& policy);
  void bad(std::string const& domain, ReportedPolicy const& policy, ReportedFailure failure);

  // For upkeep; both block, and may be on two threads.
  Result<> write();
  // Sends the reports about one domain for one day that is over, and forgets the counts. What DNS does not tell now is
  // asked again at the next run, for three days.
  Result<Turn> send_one();
  // The next round reports this day too; what comes later makes another report, and what is counted at the very moment
  // when it is sent is in none. Any thread.
  void include_today() { today_too_ = true; }

 private:
  bool owes(Day today);
  DomainCounts* counts_of(std::string const& domain);
  Result<> send(Day day, std::string const& domain, DomainCounts const& counts,
                std::vector<mime::Address> const& addresses);
  Result<> forget(TlsReportKey const& about, std::vector<std::string> keys);

  Services const services_;
  ReportSender const sender_;
  UniqueId const run_;
  std::mutex writing_;  // before the other one
  std::mutex mutex_;
  std::map<std::pair<Day, std::string>, DomainCounts> counts_;  // of this run
  std::set<std::pair<Day, std::string>> unwritten_;
  std::atomic<bool> today_too_ = false;
  std::string next_;  // where this round of sending goes on; for the upkeep's thread
};

}  // namespace yubin::deliver
