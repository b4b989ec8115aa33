#include "deliver/report_inbox.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "base/text.h"

namespace yubin::deliver {

namespace {

using report::Day;
using report::Kind;

constexpr std::size_t kPiece = 256 * 1024;
constexpr Day kSameWeek = 7;  // an address is not written down anew for each report that tells of it

std::string date_of(Day day) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::int64_t{day} * 24 * 60 * 60));
}

std::uint64_t messages_of(report::AggregateReport const& report) {
  std::uint64_t sum = 0;
  for (report::AggregateRecord const& record : report.records) sum += record.count;
  return sum;
}

// The addresses that sent most.
std::vector<IpAddress> senders_of(report::AggregateReport const& report, std::size_t most) {
  std::map<IpAddress, std::uint64_t> counts;
  for (report::AggregateRecord const& record : report.records) counts[record.source] += record.count;
  std::vector<std::pair<std::uint64_t, IpAddress>> ordered;
  for (auto const& [address, count] : counts) ordered.emplace_back(count, address);
  std::ranges::sort(ordered, std::greater());
  std::vector<IpAddress> out;
  for (auto const& [count, address] : ordered)
    if (out.size() < most) out.push_back(address);
  return out;
}

void put_parts(report::RowKey key, std::vector<std::string> parts, std::vector<kv::Row>& rows) {
  for (std::string& part : parts) {
    rows.push_back({key.encode(), std::move(part)});
    ++key.part;
  }
}

}  // namespace

// One mail.
class ReportInbox::Reading {
 public:
  Reading(Services const& services, ReportLimits const& limits, UniqueId id, Day today)
      : services_(services), limits_(limits), id_(id), today_(today) {}

  Result<> add(report::Document const& document);
  void problem(std::string what) { out_.problems.push_back(std::move(what)); }
  ReadReports take() &&;

 private:
  using Sizes = std::map<Day, std::uint64_t>;

  Result<> add_aggregate(report::AggregateReport const& report);
  Result<> add_tls(report::TlsReport const& report);
  Result<> add_failure(report::FailureReport const& report);
  Result<> keep_once(Kind mark, report::RowKey const& key, std::string what, std::vector<kv::Row> rows);
  Result<bool> keep(report::RowKey const& key, std::vector<kv::Row> rows);
  Result<std::vector<kv::Row>> names(report::AggregateReport const& report) const;
  Result<Sizes*> sizes_of(std::string const& domain);
  Result<bool> is_known(std::string const& mark) const;
  Result<std::optional<std::string>> find_own(std::string const& domain);

  Services const& services_;
  ReportLimits const& limits_;
  UniqueId const id_;
  Day const today_;
  ReadReports out_;
  std::map<std::string, Sizes> sizes_;  // of domains that something was kept for
  std::uint16_t failures_ = 0;          // kept, at most DocumentLimits::documents
};

Result<ReadReports> ReportInbox::read(kv::BodyRef const& body, UniqueId id, Day today) const {
  if (body.size > limits_.message) {
    ReadReports out;
    out.problems.push_back(fmt::format("it has more than {} bytes", limits_.message));
    return out;
  }
  TRY(std::string const message, whole(body));
  report::Documents const documents = report::find_documents(message, limits_.documents);
  Reading reading(services_, limits_, id, today);
  for (report::Document const& one : documents.found) TRY_VOID(reading.add(one));
  for (std::string const& one : documents.problems) reading.problem(one);
  return std::move(reading).take();
}

Result<std::string> ReportInbox::whole(kv::BodyRef const& body) const {
  std::string out;
  while (out.size() < body.size) {
    TRY(std::string const piece, services_.bodies.read(body.id, out.size(), kPiece));
    if (piece.empty()) return fail(Errc::corrupt, "a body is shorter than its size");
    out += piece;
  }
  return out;
}

ReadReports ReportInbox::Reading::take() && {
  for (auto const& [domain, sizes] : sizes_)
    for (auto const& [day, bytes] : sizes)
      out_.rows.push_back({report::size_key(domain, day), report::encode_size(bytes)});
  if (out_.said.empty() && out_.problems.empty()) problem("there is no report in it");
  return std::move(out_);
}

Result<> ReportInbox::Reading::add(report::Document const& document) {
  auto broken = [&](Error const& error) -> Result<> {
    problem(error.detail);
    return {};
  };
  switch (document.kind) {
    case report::Document::Kind::aggregate: {
      auto const report = report::parse_aggregate(document.bytes, limits_.aggregate);
      return report ? add_aggregate(*report) : broken(report.error());
    }
    case report::Document::Kind::tls: {
      auto const report = report::parse_tls(document.bytes, limits_.tls);
      return report ? add_tls(*report) : broken(report.error());
    }
    case report::Document::Kind::failure: {
      auto const report = report::parse_failure(document.bytes, document.original);
      return report ? add_failure(*report) : broken(report.error());
    }
  }
  return {};
}

Result<> ReportInbox::Reading::add_aggregate(report::AggregateReport const& report) {
  TRY(auto const domain, find_own(report.policy.domain));
  if (!domain) return {};
  report::RowKey const key{
      .kind = Kind::dmarc,
      .domain = *domain,
      .day = report::day_of(report.begin, report.end),
      .identity = report::identity_of(report.organization, report.id + " " + report.policy.domain)};
  TRY(std::vector<kv::Row> rows, names(report));
  put_parts(key, report::encode_aggregate(report), rows);
  return keep_once(
      Kind::dmarc_mark, key,
      fmt::format("DMARC report of {} on {} for {}, {} messages in {} records", quoted(report.organization, 100),
                  report.policy.domain, date_of(key.day), messages_of(report), report.records.size()),
      std::move(rows));
}

// One report may be about several domains of ours, and is kept for each.
Result<> ReportInbox::Reading::add_tls(report::TlsReport const& report) {
  std::map<std::string, report::TlsReport> of_domains;
  for (report::TlsPolicy const& policy : report.policies) {
    TRY(auto const domain, find_own(policy.domain));
    if (!domain) continue;
    auto const [one, is_new] = of_domains.try_emplace(*domain, report);
    if (is_new) one->second.policies.clear();
    one->second.policies.push_back(policy);
  }
  for (auto const& [domain, one] : of_domains) {
    report::RowKey const key{.kind = Kind::tls,
                             .domain = domain,
                             .day = report::day_of(report.begin, report.end),
                             .identity = report::identity_of(report.organization, report.id)};
    std::vector<kv::Row> rows;
    put_parts(key, report::encode_tls(one), rows);
    TRY_VOID(keep_once(
        Kind::tls_mark, key,
        fmt::format("TLS report of {} on {} for {}", quoted(report.organization, 100), domain, date_of(key.day)),
        std::move(rows)));
  }
  return {};
}

// Each is about one message, and has no id of its own.
Result<> ReportInbox::Reading::add_failure(report::FailureReport const& report) {
  TRY(auto const domain, find_own(report.reported_domain.empty() ? report.dkim_domain : report.reported_domain));
  if (!domain) return {};
  auto const received = std::chrono::floor<std::chrono::seconds>(id_.time()).time_since_epoch().count();
  report::RowKey const key{.kind = Kind::failure,
                           .domain = *domain,
                           .day = report::day_of(report.arrival > 0 ? report.arrival : received),
                           .identity = id_.bytes(),
                           .part = failures_};
  std::vector<kv::Row> rows;
  put_parts(key, {report::encode_failure(report)}, rows);
  TRY(bool const kept, keep(key, std::move(rows)));
  if (!kept) return {};
  ++failures_;
  out_.said.push_back(
      fmt::format("failure report on {}: {} from {}", report.reported_domain, report.auth_failure, report.source));
  return {};
}

Result<> ReportInbox::Reading::keep_once(Kind mark, report::RowKey const& key, std::string what,
                                         std::vector<kv::Row> rows) {
  std::string mark_key = report::mark_key(mark, key.domain, key.identity);
  TRY(bool const known, is_known(mark_key));
  if (known) {
    out_.said.push_back(what + ": was here already");
    return {};
  }
  rows.push_back({std::move(mark_key), report::encode_mark(key.day)});
  TRY(bool const kept, keep(key, std::move(rows)));
  if (kept) out_.said.push_back(std::move(what));
  return {};
}

// Anybody can write reports, as many as he likes, and on days that nobody would forget; what is too old goes with the
// next forgetting.
Result<bool> ReportInbox::Reading::keep(report::RowKey const& key, std::vector<kv::Row> rows) {
  if (key.day > today_ + 1) {
    problem(fmt::format("it is about {}, which is yet to come", date_of(key.day)));
    return false;
  }
  TRY(Sizes* const sizes, sizes_of(key.domain));
  std::uint64_t bytes = 0;
  for (kv::Row const& row : rows) bytes += row.key.size() + row.value.size();
  std::uint64_t all = bytes;
  for (auto const& [day, size] : *sizes) all += size;
  if (all > limits_.domain) {
    problem(fmt::format("there are too many reports on {}: {} bytes", key.domain, limits_.domain));
    return false;
  }
  (*sizes)[key.day] += bytes;
  std::ranges::move(rows, std::back_inserter(out_.rows));
  return true;
}

Result<ReportInbox::Reading::Sizes*> ReportInbox::Reading::sizes_of(std::string const& domain) {
  if (auto const found = sizes_.find(domain); found != sizes_.end()) return &found->second;
  Sizes sizes;
  kv::Range range = report::days_range(Kind::size, domain, 0, std::numeric_limits<Day>::max());
  for (;;) {
    TRY(kv::Page const page, services_.key_value.scan(kv::Table::queue, range, {}));
    for (kv::Row const& row : page.rows) {
      TRY(report::RowKey const key, report::RowKey::decode(row.key));
      TRY(sizes[key.day], report::decode_size(row.value));
    }
    if (!page.next) return &(sizes_[domain] = std::move(sizes));
    range.from = *page.next;
  }
}

// They are looked up later.
Result<std::vector<kv::Row>> ReportInbox::Reading::names(report::AggregateReport const& report) const {
  std::vector<IpAddress> const senders = senders_of(report, limits_.names);
  std::vector<std::string> keys;
  for (IpAddress const& one : senders) keys.push_back(report::name_key(one));
  TRY(auto const values, services_.key_value.multi_get(kv::Table::queue, keys));
  std::vector<kv::Row> rows;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    report::ReverseName name;
    if (values[i]) name = report::decode_name(*values[i]).value_or(report::ReverseName{});
    if (name.reported + kSameWeek > today_) continue;
    if (name.reported == 0) rows.push_back({report::NameDue{0, senders[i]}.encode(), ""});
    name.reported = today_;
    rows.push_back({keys[i], report::encode_name(name)});
  }
  return rows;
}

Result<bool> ReportInbox::Reading::is_known(std::string const& mark) const {
  if (std::ranges::find(out_.rows, mark, &kv::Row::key) != out_.rows.end()) return true;
  TRY(auto const value, services_.key_value.get(kv::Table::queue, mark));
  return value.has_value();
}

// The domain or the nearest one above it; none is a problem.
Result<std::optional<std::string>> ReportInbox::Reading::find_own(std::string const& domain) {
  for (std::string name = domain;;) {
    Result<mime::Domain> const parsed = mime::Domain::parse(name);
    if (!parsed) break;
    TRY(auto const found, services_.directory.find_domain(*parsed));
    if (found) return found->name.text();
    std::size_t const dot = name.find('.');
    if (dot == std::string::npos) break;
    name.erase(0, dot + 1);
  }
  problem(fmt::format("it is about {}, which is not ours", quoted(domain, 100)));
  return std::nullopt;
}

}  // namespace yubin::deliver
