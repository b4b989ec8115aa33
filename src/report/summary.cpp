#include "report/summary.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include "base/text.h"

namespace yubin::report {

namespace {

constexpr Day kMostDays = 4000;  // of a plot without gaps

// Whose servers pass on mail for many people: address suffixes of their reverse names.
constexpr std::string_view kForwarders[] = {
    "google.com",   // Gmail and Google Groups
    "outlook.com",  // Exchange Online
    "icloud.com",          "apple.com",
    "messagingengine.com",  // Fastmail
    "pobox.com",           "yahoo.com",    "yahoo.co.jp",    "cloudflare-email.net", "cloudflare-email.com",
    "forwardemail.net",    "improvmx.com", "simplelogin.co", "anonaddy.com",         "addy.io",
    "duckduckgo.com",      "mailman3.org", "ietf.org",       "debian.org",           "kernel.org",
    "freelists.org",       "groups.io",    "sourceforge.net"};

bool says_forwarded(AggregateRecord const& record) {
  return std::ranges::any_of(record.overrides, [](Override const& one) {
    return one.type == "forwarded" || one.type == "trusted_forwarder" || one.type == "mailing_list";
  });
}

void add(Source& source, AggregateRecord const& record) {
  source.messages += record.count;
  if (record.passed()) source.passed += record.count;
  if (record.dkim_aligned == Aligned::yes) source.dkim_aligned += record.count;
  if (record.spf_aligned == Aligned::yes) source.spf_aligned += record.count;
  if (record.disposition == Disposition::quarantine) source.quarantined += record.count;
  if (record.disposition == Disposition::reject) source.rejected += record.count;
  if (says_forwarded(record)) source.was_forwarded = true;
  if (source.authors.size() < kMostAuthors || source.authors.contains(record.header_from))
    source.authors[record.header_from] += record.count;
}

// SPF names the address, so it is ours whatever else; a signature of ours survives a forwarder.
Standing standing_of(Source const& source) {
  if (source.spf_aligned > 0) return Standing::ours;
  if (source.was_forwarded || (source.name.confirmed && is_known_forwarder(source.name.name)))
    return Standing::forwarder;
  return source.dkim_aligned > 0 ? Standing::ours : Standing::unknown;
}

// All rows of a kind, one after the other.
Result<> each_row(kv::KeyValue const& rows, kv::Range range, std::function<Result<>(kv::Row const&)> const& row) {
  for (;;) {
    TRY(kv::Page const page, rows.scan(kv::Table::queue, range, {}));
    for (kv::Row const& one : page.rows) TRY_VOID(row(one));
    if (!page.next) return {};
    range.from = *page.next;
  }
}

std::vector<DaySum> without_gaps(std::map<Day, DaySum> const& sums) {
  std::vector<DaySum> days;
  if (sums.empty()) return days;
  Day const first = sums.begin()->first;
  Day const last = sums.rbegin()->first;
  for (Day day = first; day <= last && day - first < kMostDays; ++day) {
    auto const found = sums.find(day);
    days.push_back(found == sums.end() ? DaySum{.day = day} : found->second);
  }
  return days;
}

Result<> add_names(kv::KeyValue const& rows, std::vector<Source>& sources) {
  constexpr std::size_t kAtOnce = 500;
  for (std::size_t begin = 0; begin < sources.size(); begin += kAtOnce) {
    std::size_t const end = std::min(sources.size(), begin + kAtOnce);
    std::vector<std::string> keys;
    for (std::size_t i = begin; i < end; ++i) keys.push_back(name_key(sources[i].address));
    TRY(auto const values, rows.multi_get(kv::Table::queue, keys));
    for (std::size_t i = begin; i < end; ++i) {
      if (!values[i - begin]) continue;
      TRY(sources[i].name, decode_name(*values[i - begin]));
    }
  }
  return {};
}

Result<> add_failures(kv::KeyValue const& rows, DmarcSummary& out) {
  return each_row(rows, days_range(Kind::failure, out.domain, out.from, out.to), [&](kv::Row const& row) -> Result<> {
    TRY(FailureReport failure, decode_failure(row.value));
    ++out.failure_count;
    if (out.failures.size() < kMostFailures) out.failures.push_back(std::move(failure));
    return {};
  });
}

}  // namespace

std::string_view to_string(Standing standing) {
  constexpr std::string_view kNames[] = {"unknown", "forwarder", "ours"};
  return kNames[static_cast<std::size_t>(standing)];
}

bool is_known_forwarder(std::string_view name) {
  return std::ranges::any_of(kForwarders, [&](std::string_view suffix) {
    return iequals(name, suffix) || (name.size() > suffix.size() && name[name.size() - suffix.size() - 1] == '.' &&
                                     iequals(name.substr(name.size() - suffix.size()), suffix));
  });
}

std::uint64_t DmarcSummary::passed() const {
  std::uint64_t sum = 0;
  for (DaySum const& day : days) sum += day.passed;
  return sum;
}

std::uint64_t DmarcSummary::failed() const {
  std::uint64_t sum = 0;
  for (DaySum const& day : days) sum += day.failed;
  return sum;
}

std::uint64_t TlsSummary::good() const {
  std::uint64_t sum = 0;
  for (DaySum const& day : days) sum += day.passed;
  return sum;
}

std::uint64_t TlsSummary::bad() const {
  std::uint64_t sum = 0;
  for (DaySum const& day : days) sum += day.failed;
  return sum;
}

Result<DmarcSummary> summarize_dmarc(kv::KeyValue const& rows, std::string_view domain, Day from, Day to) {
  DmarcSummary out{.domain = std::string(domain), .from = from, .to = to};
  std::map<IpAddress, Source> sources;
  std::map<Day, DaySum> days;
  auto add_row = [&](kv::Row const& row) -> Result<> {
    TRY(RowKey const key, RowKey::decode(row.key));
    TRY(AggregateReport const report, decode_aggregate(row.value));
    DaySum& day = days[key.day];
    day.day = key.day;
    if (key.part == 0) ++out.reports;
    out.unreadable += report.unreadable;
    out.records += report.records.size();
    for (AggregateRecord const& record : report.records) {
      out.reporters[report.organization] += record.count;
      (record.passed() ? day.passed : day.failed) += record.count;
      add(sources.try_emplace(record.source, Source{.address = record.source}).first->second, record);
    }
    return {};
  };
  TRY_VOID(each_row(rows, days_range(Kind::dmarc, domain, from, to), add_row));
  out.days = without_gaps(days);
  for (auto& [address, source] : sources) out.sources.push_back(std::move(source));
  TRY_VOID(add_names(rows, out.sources));
  for (Source& source : out.sources) source.standing = standing_of(source);
  auto rank = [](Source const& one) { return std::tuple(one.standing, ~one.failed(), ~one.messages, one.address); };
  std::ranges::sort(out.sources, {}, rank);
  TRY_VOID(add_failures(rows, out));
  return out;
}

Result<TlsSummary> summarize_tls(kv::KeyValue const& rows, std::string_view domain, Day from, Day to) {
  TlsSummary out{.domain = std::string(domain), .from = from, .to = to};
  std::map<Day, DaySum> days;
  std::map<TlsFailureSum, std::uint64_t> failures;
  std::set<Identity> reports;
  auto add_row = [&](kv::Row const& row) -> Result<> {
    TRY(RowKey const key, RowKey::decode(row.key));
    TRY(TlsReport const report, decode_tls(row.value));
    reports.insert(key.identity);
    for (TlsPolicy const& policy : report.policies) {
      for (DaySum* sum : {&days[key.day], &out.reporters[report.organization], &out.policies[policy.type]}) {
        sum->passed += policy.good;
        sum->failed += policy.bad;
      }
      days[key.day].day = key.day;
      for (TlsFailure const& one : policy.failures)
        failures[{one.result, one.mx, one.receiving_ip, one.sending_ip, one.reason}] += one.count;
    }
    return {};
  };
  TRY_VOID(each_row(rows, days_range(Kind::tls, domain, from, to), add_row));
  out.reports = reports.size();
  out.days = without_gaps(days);
  out.failures.assign(failures.begin(), failures.end());
  auto rank = [](auto const& one) { return std::tuple(~one.second, one.first); };
  std::ranges::sort(out.failures, {}, rank);
  return out;
}

}  // namespace yubin::report
