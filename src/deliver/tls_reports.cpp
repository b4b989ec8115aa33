#include "deliver/tls_reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace yubin::deliver {

namespace {

constexpr LogEvent kSent{"tlsrpt.sent", LogLevel::info, "a report on TLS is on its way to a domain"};

constexpr LogEvent kDamaged{"tlsrpt.damaged", LogLevel::error,
                            "a row of counts of TLS cannot be read; it is passed over"};

constexpr std::size_t kMostDomains = 20'000;  // of a day, in memory
constexpr Day kPatience = 3;                  // days

}  // namespace

// With the lock held. None: there are too many.
DomainCounts* TlsReports::counts_of(std::string const& domain) {
  std::pair<Day, std::string> key(day_of(services_.clock.now()), domain);
  if (counts_.size() >= kMostDomains && !counts_.contains(key)) return nullptr;
  unwritten_.insert(key);
  return &counts_[std::move(key)];
}

void TlsReports::good(std::string const& domain, ReportedPolicy const& policy) {
  std::lock_guard const lock(mutex_);
  if (DomainCounts* counts = counts_of(domain)) count_good(*counts, policy);
}

void TlsReports::bad(std::string const& domain, ReportedPolicy const& policy, ReportedFailure failure) {
  std::lock_guard const lock(mutex_);
  if (DomainCounts* counts = counts_of(domain)) count_bad(*counts, policy, std::move(failure));
}

// What is over is in memory until it is in a row.
Result<> TlsReports::write() {
  std::lock_guard const one_after_the_other(writing_);  // or older counts would replace newer ones
  kv::Batch batch;
  std::set<std::pair<Day, std::string>> written;
  Day const today = day_of(services_.clock.now());
  {
    std::lock_guard const lock(mutex_);
    written = std::exchange(unwritten_, {});
    for (auto const& key : written)
      batch.put(kv::Table::queue, TlsReportKey{key.first, key.second, run_}.encode(), encode_counts(counts_.at(key)));
  }
  Result<> const done = batch.empty() ? Result<>{} : services_.committer.commit(std::move(batch));
  std::lock_guard const lock(mutex_);
  if (!done) unwritten_.merge(written);
  std::erase_if(counts_, [&](auto const& one) { return one.first.first < today && !unwritten_.contains(one.first); });
  return done;
}

// Of a day that is over, something is not in a row.
bool TlsReports::owes(Day today) {
  std::lock_guard const lock(mutex_);
  return !unwritten_.empty() && unwritten_.begin()->first < today;
}

Result<Turn> TlsReports::send_one() {
  Day const today = day_of(services_.clock.now());
  bool const today_too = today_too_;
  // What write() brought later would make another report, with what this one has told in it once more.
  if (owes(today) || (today_too && next_.empty())) TRY_VOID(write());
  kv::Range range = tls_report_range(today_too ? today + 1 : today);
  range.from = std::max(range.from, next_);
  TRY(std::optional<TlsReportKey> const key,
      find_first_key<TlsReportKey>(services_.key_value, std::move(range), kDamaged));
  if (!key) {
    next_.clear();
    today_too_ = false;
    return Turn::done;
  }
  kv::Range const rows = tls_report_range(key->day, key->domain);
  next_ = rows.to;
  TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, rows, {}));
  DomainCounts counts;
  std::vector<std::string> keys;
  for (kv::Row const& row : page.rows) {
    keys.push_back(row.key);
    if (Result<DomainCounts> const one = decode_counts(row.value)) add(counts, *one);
  }
  dns::Answer const txt = ask_txt(services_.resolver, "_smtp._tls." + key->domain);
  bool const is_known = txt.status != dns::Status::temporary && txt.status != dns::Status::bogus;
  if (!is_known && today - key->day <= kPatience) return Turn::more;
  TRY_VOID(send(key->day, key->domain, counts, report_addresses(txt)));
  TRY_VOID(forget(*key, std::move(keys)));
  return Turn::more;
}

Result<> TlsReports::send(Day day, std::string const& domain, DomainCounts const& counts,
                          std::vector<mime::Address> const& addresses) {
  ReportMail mail{.head = {services_.organization, services_.contact, {}},
                  .host_name = services_.host_name,
                  .domain = domain,
                  .day = day,
                  .now = std::chrono::floor<std::chrono::seconds>(services_.clock.now()).time_since_epoch().count()};
  mail.head.id = report_id(kTlsReportService, services_.host_name, tls_report_json(mail.head, day, domain, counts));
  std::string const json = tls_report_json(mail.head, day, domain, counts);
  for (mime::Address const& to : addresses) {
    journal::EntryId const id = services_.journal.next_id();
    TRY_VOID(sender_.send(make_report_mail(mail, to, json), to, id, kTlsReportService));
    log(kSent, {{"domain", domain}, {"to", to.text()}, {"id", id.text()}});
  }
  return {};
}

Result<> TlsReports::forget(TlsReportKey const& about, std::vector<std::string> keys) {
  {
    std::lock_guard const lock(mutex_);
    counts_.erase({about.day, about.domain});
    unwritten_.erase({about.day, about.domain});
  }
  kv::Batch batch;
  for (std::string& key : keys) batch.erase(kv::Table::queue, std::move(key));
  return services_.committer.commit(std::move(batch));
}

}  // namespace yubin::deliver
