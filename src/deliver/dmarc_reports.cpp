#include "deliver/dmarc_reports.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "deliver/report_destination.h"
#include "report/gzip.h"

namespace yubin::deliver {

namespace {

constexpr LogEvent kSent{"dmarc_report.sent", LogLevel::info, "a report on DMARC is on its way to a domain"};
constexpr LogEvent kTooLong{"dmarc_report.too_long", LogLevel::warning,
                            "a report on DMARC is longer than its reader takes, and is not sent"};
constexpr LogEvent kDamaged{"dmarc_report.damaged", LogLevel::error,
                            "a row of what was seen for DMARC cannot be read; it is passed over"};

constexpr report::Day kPatience = 3;  // days
// After the end of a day until messages that came in it have been judged; what comes later yet makes a report that who
// gets it takes for the first one.
constexpr std::chrono::hours kLate(1);
constexpr std::int64_t kSecondsPerDay = 24 * 60 * 60;

std::int64_t begin_of(report::Day day) {
  return std::int64_t{day} * kSecondsPerDay;
}

std::vector<report::AggregateRecord> records_of(DmarcCounts const& counts) {
  std::vector<report::AggregateRecord> records;
  for (auto const& [record, count] : counts.messages) {
    records.push_back(record);
    records.back().count = count;
  }
  return records;
}

std::int64_t seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

DmarcReports::DmarcReports(Services services) : services_(std::move(services)), sender_(services_) {}

Result<Turn> DmarcReports::send_one() {
  return gathering_ ? go_on() : begin();
}

Result<Turn> DmarcReports::begin() {
  std::int64_t const now = seconds(services_.clock.now());
  kv::Range range =
      dmarc_counts_range(today_too_ ? report::day_of(now) + 1 : report::day_of(seconds(services_.clock.now() - kLate)));
  range.from = std::max(range.from, next_);
  TRY(std::optional<DmarcCountsKey> const key,
      find_first_key<DmarcCountsKey>(services_.key_value, std::move(range), kDamaged));
  if (!key) {
    next_.clear();
    today_too_ = false;
    return Turn::done;
  }
  kv::Range const rows = dmarc_counts_range(key->day, key->domain);
  next_ = rows.to;
  gathering_ = Gathering{*key, rows, {}};
  return Turn::more;
}

Result<Turn> DmarcReports::go_on() {
  Gathering& at = *gathering_;
  TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, at.rest, {}));
  for (kv::Row const& row : page.rows) {
    Result<> const added = add_seen(row.value, at.counts);
    if (!added) log(kDamaged, {{"key", to_hex(row.key)}, {"detail", added.error().detail}});
  }
  if (page.next) {
    at.rest.from = *page.next;
    return Turn::more;
  }
  Gathering const whole = *std::exchange(gathering_, std::nullopt);
  Destinations const destinations = find_destinations(services_.resolver, whole.key.domain, whole.counts.uris);
  report::Day const today = report::day_of(seconds(services_.clock.now()));
  if (!destinations.complete && today - whole.key.day <= kPatience) return Turn::more;
  if (!whole.counts.messages.empty()) TRY_VOID(send(whole.key.day, whole.key.domain, whole.counts, destinations.known));
  TRY_VOID(forget(whole.key.day, whole.key.domain));
  return Turn::more;
}

Result<> DmarcReports::send(report::Day day, std::string const& domain, DmarcCounts const& counts,
                            std::vector<ReportDestination> const& destinations) {
  if (destinations.empty()) return {};
  report::AggregateReport report{.organization = services_.organization,
                                 .email = services_.contact,
                                 .id = {},
                                 .begin = begin_of(day),
                                 .end = std::min(begin_of(day + 1) - 1, seconds(services_.clock.now())),
                                 .generator = "Yubin",
                                 .policy = counts.policy,
                                 .records = records_of(counts)};
  // One report, whoever gets it: its id is the same (RFC 9990 section 3.5.1).
  std::string const id = report_id(kDmarcReportService, services_.host_name, report::print_aggregate(report));
  report.id = id + "@" + services_.host_name;
  ReportMessage const message{
      .from = services_.contact,
      .submitter = services_.host_name,
      .domain = domain,
      .id = id,
      .begin = report.begin,
      .end = report.end,
      .now = seconds(services_.clock.now()),
      .type = "multipart/mixed",
      .more_fields = {},
      .words =
          fmt::format("This is a DMARC aggregate report on mail from {} to {}\r\non {:%Y-%m-%d} (UTC), as RFC 9990 "
                      "has it.\r\n",
                      domain, services_.host_name, fmt::gmtime(report.begin)),
      .file_type = "application/gzip",
      .extension = "xml.gz",
      .bytes = report::gzip(report::print_aggregate(report))};
  for (ReportDestination const& to : destinations) {
    std::string const text = make_report_message(message, to.address);
    if (to.most && text.size() > *to.most) {
      log(kTooLong, {{"domain", domain}, {"to", to.address.text()}, {"bytes", text.size()}});
      continue;
    }
    journal::EntryId const entry = services_.journal.next_id();
    TRY_VOID(sender_.send(text, to.address, entry, kDmarcReportService));
    log(kSent, {{"domain", domain}, {"to", to.address.text()}, {"id", entry.text()}});
  }
  return {};
}

Result<> DmarcReports::forget(report::Day day, std::string const& domain) {
  kv::Batch batch;
  batch.erase_range(kv::Table::queue, dmarc_counts_range(day, domain));
  return services_.committer.commit(std::move(batch));
}

}  // namespace yubin::deliver
