#include "deliver/report_inbox.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace yubin::deliver {

namespace {

using report::Kind;

constexpr std::size_t kPiece = 256 * 1024;
constexpr std::size_t kNamesAtOnce = 500;

std::string date_of(report::Day day) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::int64_t{day} * 24 * 60 * 60));
}

std::uint64_t messages_of(report::AggregateReport const& report) {
  std::uint64_t sum = 0;
  for (report::AggregateRecord const& record : report.records) sum += record.count;
  return sum;
}

void put_parts(report::RowKey key, std::vector<std::string> parts, ReadReports& out) {
  for (std::string& part : parts) {
    out.rows.push_back({key.encode(), std::move(part)});
    ++key.part;
  }
}

std::string not_ours(std::string_view domain) {
  return fmt::format("it is about {}, which is not ours", quoted(domain, 100));
}

}  // namespace

Result<ReadReports> ReportInbox::read(kv::BodyRef const& body, UniqueId id) const {
  ReadReports out;
  if (body.size > limits_.message) {
    out.problems.push_back(fmt::format("it has more than {} bytes", limits_.message));
    return out;
  }
  TRY(std::string const message, whole(body));
  report::Documents const documents = report::find_documents(message, limits_.documents);
  for (report::Document const& one : documents.found) TRY_VOID(add(one, id, out));
  out.problems.insert(out.problems.end(), documents.problems.begin(), documents.problems.end());
  if (out.said.empty() && out.problems.empty()) out.problems.emplace_back("there is no report in it");
  return out;
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

Result<> ReportInbox::add(report::Document const& document, UniqueId id, ReadReports& out) const {
  auto problem = [&](Error const& error) -> Result<> {
    out.problems.push_back(error.detail);
    return {};
  };
  switch (document.kind) {
    case report::Document::Kind::aggregate: {
      auto const report = report::parse_aggregate(document.bytes, limits_.aggregate);
      return report ? add_aggregate(*report, out) : problem(report.error());
    }
    case report::Document::Kind::tls: {
      auto const report = report::parse_tls(document.bytes, limits_.tls);
      return report ? add_tls(*report, out) : problem(report.error());
    }
    case report::Document::Kind::failure: {
      auto const report = report::parse_failure(document.bytes, document.original);
      return report ? add_failure(*report, id, out) : problem(report.error());
    }
  }
  return {};
}

Result<> ReportInbox::add_aggregate(report::AggregateReport const& report, ReadReports& out) const {
  TRY(auto const domain, find_own(report.policy.domain));
  if (!domain) {
    out.problems.push_back(not_ours(report.policy.domain));
    return {};
  }
  report::RowKey const key{
      .kind = Kind::dmarc,
      .domain = *domain,
      .day = report::day_of(report.begin, report.end),
      .identity = report::identity_of(report.organization, report.id + " " + report.policy.domain)};
  std::string const what =
      fmt::format("DMARC report of {} on {} for {}, {} messages in {} records", quoted(report.organization, 100),
                  report.policy.domain, date_of(key.day), messages_of(report), report.records.size());
  std::string const mark = report::mark_key(Kind::dmarc_mark, key.domain, key.identity);
  TRY(bool const known, is_known(mark, out));
  out.said.push_back(known ? what + ": was here already" : what);
  if (known) return {};
  out.rows.push_back({mark, report::encode_mark(key.day)});
  put_parts(key, report::encode_aggregate(report), out);
  return add_names(report, out);
}

// One report may be about several domains of ours, and is kept for each.
Result<> ReportInbox::add_tls(report::TlsReport const& report, ReadReports& out) const {
  std::map<std::string, report::TlsReport> of_domains;
  for (report::TlsPolicy const& policy : report.policies) {
    TRY(auto const domain, find_own(policy.domain));
    if (!domain) {
      out.problems.push_back(not_ours(policy.domain));
      continue;
    }
    report::TlsReport& one = of_domains.try_emplace(*domain, report).first->second;
    if (one.policies.size() == report.policies.size()) one.policies.clear();
    one.policies.push_back(policy);
  }
  for (auto const& [domain, one] : of_domains) {
    report::RowKey const key{.kind = Kind::tls,
                             .domain = domain,
                             .day = report::day_of(report.begin, report.end),
                             .identity = report::identity_of(report.organization, report.id)};
    std::string const what =
        fmt::format("TLS report of {} on {} for {}", quoted(report.organization, 100), domain, date_of(key.day));
    std::string const mark = report::mark_key(Kind::tls_mark, domain, key.identity);
    TRY(bool const known, is_known(mark, out));
    out.said.push_back(known ? what + ": was here already" : what);
    if (known) continue;
    out.rows.push_back({mark, report::encode_mark(key.day)});
    put_parts(key, report::encode_tls(one), out);
  }
  return {};
}

// Each is about one message, and has no id of its own.
Result<> ReportInbox::add_failure(report::FailureReport const& report, UniqueId id, ReadReports& out) const {
  TRY(auto const domain, find_own(report.reported_domain.empty() ? report.dkim_domain : report.reported_domain));
  if (!domain) {
    out.problems.push_back(not_ours(report.reported_domain));
    return {};
  }
  auto const received = std::chrono::floor<std::chrono::seconds>(id.time()).time_since_epoch().count();
  report::RowKey const key{.kind = Kind::failure,
                           .domain = *domain,
                           .day = report::day_of(report.arrival > 0 ? report.arrival : received),
                           .identity = id.bytes()};
  out.said.push_back(
      fmt::format("failure report on {}: {} from {}", report.reported_domain, report.auth_failure, report.source));
  put_parts(key, {report::encode_failure(report)}, out);
  return {};
}

// Their names are looked up later.
Result<> ReportInbox::add_names(report::AggregateReport const& report, ReadReports& out) const {
  std::set<std::string> keys;
  for (report::AggregateRecord const& record : report.records) keys.insert(report::name_key(record.source));
  std::vector<std::string> some;
  for (auto at = keys.begin(); at != keys.end();) {
    some.clear();
    for (; at != keys.end() && some.size() < kNamesAtOnce; ++at) some.push_back(*at);
    TRY(auto const values, services_.key_value.multi_get(kv::Table::queue, some));
    for (std::size_t i = 0; i < some.size(); ++i)
      if (!values[i]) out.rows.push_back({some[i], report::encode_name({})});
  }
  return {};
}

Result<bool> ReportInbox::is_known(std::string const& mark, ReadReports const& out) const {
  if (std::ranges::find(out.rows, mark, &kv::Row::key) != out.rows.end()) return true;
  TRY(auto const value, services_.key_value.get(kv::Table::queue, mark));
  return value.has_value();
}

// The domain or the nearest one above it.
Result<std::optional<std::string>> ReportInbox::find_own(std::string domain) const {
  for (;;) {
    Result<mime::Domain> const name = mime::Domain::parse(domain);
    if (!name) return std::nullopt;
    TRY(auto const found, services_.directory.find_domain(*name));
    if (found) return found->name.text();
    std::size_t const dot = domain.find('.');
    if (dot == std::string::npos) return std::nullopt;
    domain.erase(0, dot + 1);
  }
}

}  // namespace yubin::deliver
