#include "report/page_tables.h"

#include <fmt/format.h>

namespace yubin::report {

namespace {

std::string name_of(ReverseName const& name, PageWords const& words) {
  if (name.looked_up == 0) return std::string(words.unknown_name);
  if (name.name.empty()) return std::string(words.no_name);
  return name.confirmed ? name.name : name.name + " ?";
}

std::string authors_of(Source const& source) {
  std::string out;
  for (auto const& [domain, count] : source.authors) out += (out.empty() ? "" : ", ") + domain;
  return out;
}

PageTable sources_table(DmarcSummary const& summary, PageWords const& words) {
  PageTable table{.title = std::string(words.sources), .columns = {"", std::string(words.address)}, .rows = {}};
  for (std::string_view column :
       {words.name, words.messages, words.passed, words.failed, words.quarantined, words.rejected, words.authors})
    table.columns.emplace_back(column);
  for (Source const& one : summary.sources) {
    table.rows.push_back({std::string(words.standing[static_cast<std::size_t>(one.standing)]), one.address.text(),
                          name_of(one.name, words), fmt::to_string(one.messages), fmt::to_string(one.passed),
                          fmt::to_string(one.failed()), fmt::to_string(one.quarantined), fmt::to_string(one.rejected),
                          authors_of(one)});
    table.kinds.emplace_back(to_string(one.standing));
  }
  return table;
}

PageTable days_table(std::vector<DaySum> const& days, PageWords const& words) {
  PageTable table{.title = std::string(words.per_day),
                  .columns = {std::string(words.day), std::string(words.passed), std::string(words.failed)},
                  .rows = {}};
  for (DaySum const& one : days)
    table.rows.push_back({date_text(one.day), fmt::to_string(one.passed), fmt::to_string(one.failed)});
  return table;
}

PageTable reporters_table(DmarcSummary const& summary, PageWords const& words) {
  PageTable table{.title = std::string(words.reporters), .columns = {"", std::string(words.messages)}, .rows = {}};
  for (auto const& [name, count] : summary.reporters) table.rows.push_back({name, fmt::to_string(count)});
  return table;
}

PageTable single_failures_table(DmarcSummary const& summary, PageWords const& words) {
  PageTable table{.title = fmt::format("{} ({})", words.single_failures, summary.failure_count),
                  .columns = {std::string(words.day), std::string(words.result), std::string(words.address),
                              std::string(words.authors), std::string(words.subject), std::string(words.count)},
                  .rows = {}};
  for (FailureReport const& one : summary.failures)
    table.rows.push_back({one.arrival > 0 ? date_text(day_of(one.arrival)) : "", one.auth_failure, one.source, one.from,
                          one.subject, fmt::to_string(one.incidents)});
  return table;
}

PageTable sums_table(std::string_view title, std::map<std::string, DaySum> const& sums, PageWords const& words) {
  PageTable table{
      .title = std::string(title), .columns = {"", std::string(words.passed), std::string(words.failed)}, .rows = {}};
  for (auto const& [name, sum] : sums)
    table.rows.push_back({name, fmt::to_string(sum.passed), fmt::to_string(sum.failed)});
  return table;
}

PageTable tls_failures_table(TlsSummary const& summary, PageWords const& words) {
  PageTable table{.title = std::string(words.failures), .columns = {}, .rows = {}};
  for (std::string_view column : {words.result, words.host, words.address, words.sender, words.reason, words.count})
    table.columns.emplace_back(column);
  for (auto const& [one, count] : summary.failures)
    table.rows.push_back({one.result, one.mx, one.receiving_ip, one.sending_ip, one.reason, fmt::to_string(count)});
  return table;
}

std::string title_of(std::string_view what, std::string_view domain, Day from, Day to, PageWords const& words) {
  return fmt::format("{} {}, {} {} {}", what, domain, date_text(from), words.to, date_text(to));
}

void add(Page& page, PageTable table) {
  if (!table.rows.empty()) page.tables.push_back(std::move(table));
}

}  // namespace

Page page_of(DmarcSummary const& summary, PageWords const& words) {
  Page page{.title = title_of(words.dmarc_title, summary.domain, summary.from, summary.to, words),
            .summary = fmt::format("{}: {}, {}: {}, {}: {}, {}: {}", words.passed, summary.passed(), words.failed,
                                   summary.failed(), words.reports, summary.reports, words.records, summary.records),
            .days = summary.days,
            .tables = {}};
  if (summary.unreadable > 0) page.summary += fmt::format(", {}: {}", words.unreadable, summary.unreadable);
  if (summary.reports == 0 && summary.failure_count == 0) page.summary = words.nothing;
  add(page, sources_table(summary, words));
  add(page, days_table(summary.days, words));
  add(page, reporters_table(summary, words));
  add(page, single_failures_table(summary, words));
  return page;
}

Page page_of(TlsSummary const& summary, PageWords const& words) {
  Page page{.title = title_of(words.tls_title, summary.domain, summary.from, summary.to, words),
            .summary = fmt::format("{} {}: {}, {}: {}, {}: {}", words.sessions, words.passed, summary.good(),
                                   words.failed, summary.bad(), words.reports, summary.reports),
            .days = summary.days,
            .tables = {}};
  if (summary.reports == 0) page.summary = words.nothing;
  add(page, tls_failures_table(summary, words));
  add(page, days_table(summary.days, words));
  add(page, sums_table(words.reporters, summary.reporters, words));
  add(page, sums_table(words.policy, summary.policies, words));
  return page;
}

}  // namespace yubin::report
