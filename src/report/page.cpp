#include "report/page.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "report/page_tables.h"
#include "report/xml.h"

namespace yubin::report {

namespace {

namespace json = boost::json;

// --- JSON

json::array json_of(std::vector<DaySum> const& days, std::string_view good, std::string_view bad) {
  json::array out;
  for (DaySum const& one : days)
    out.push_back(json::object{{"day", date_text(one.day)}, {good, one.passed}, {bad, one.failed}});
  return out;
}

json::object json_of(std::map<std::string, std::uint64_t> const& counts) {
  json::object out;
  for (auto const& [name, count] : counts) out[name] = count;
  return out;
}

json::object json_of(Source const& one) {
  json::value name = nullptr;
  if (one.name.looked_up != 0) name = one.name.name;
  return {{"address", one.address.text()},
          {"name", std::move(name)},
          {"name_confirmed", one.name.confirmed},
          {"standing", to_string(one.standing)},
          {"messages", one.messages},
          {"passed", one.passed},
          {"failed", one.failed()},
          {"dkim_aligned", one.dkim_aligned},
          {"spf_aligned", one.spf_aligned},
          {"quarantined", one.quarantined},
          {"rejected", one.rejected},
          {"authors", json_of(one.authors)}};
}

json::object json_of(FailureReport const& one) {
  return {{"arrival", one.arrival},
          {"auth_failure", one.auth_failure},
          {"source", one.source},
          {"reported_domain", one.reported_domain},
          {"delivery", one.delivery_result},
          {"mail_from", one.mail_from},
          {"from", one.from},
          {"subject", one.subject},
          {"message_id", one.message_id},
          {"incidents", one.incidents}};
}

json::object json_of(DmarcSummary const& summary) {
  json::array sources;
  for (Source const& one : summary.sources) sources.push_back(json_of(one));
  json::array failures;
  for (FailureReport const& one : summary.failures) failures.push_back(json_of(one));
  return {{"domain", summary.domain},
          {"from", date_text(summary.from)},
          {"to", date_text(summary.to)},
          {"reports", summary.reports},
          {"records", summary.records},
          {"unreadable", summary.unreadable},
          {"passed", summary.passed()},
          {"failed", summary.failed()},
          {"reporters", json_of(summary.reporters)},
          {"days", json_of(summary.days, "passed", "failed")},
          {"sources", std::move(sources)},
          {"failure_reports", summary.failure_count},
          {"failures", std::move(failures)}};
}

json::object json_of(std::map<std::string, DaySum> const& sums) {
  json::object out;
  for (auto const& [name, sum] : sums) out[name] = json::object{{"good", sum.passed}, {"bad", sum.failed}};
  return out;
}

json::object json_of(TlsSummary const& summary) {
  json::array failures;
  for (auto const& [one, count] : summary.failures)
    failures.push_back(json::object{{"result", one.result},
                                    {"host", one.mx},
                                    {"address", one.receiving_ip},
                                    {"sent_from", one.sending_ip},
                                    {"reason", one.reason},
                                    {"count", count}});
  return {{"domain", summary.domain},
          {"from", date_text(summary.from)},
          {"to", date_text(summary.to)},
          {"reports", summary.reports},
          {"good", summary.good()},
          {"bad", summary.bad()},
          {"reporters", json_of(summary.reporters)},
          {"policies", json_of(summary.policies)},
          {"days", json_of(summary.days, "good", "bad")},
          {"failures", std::move(failures)}};
}

// --- Markdown

// A cell is one line; what would end it or begin HTML is escaped.
std::string cell(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == '|' || c == '\\' || c == '`' || c == '<' || c == '*' || c == '_' || c == '[') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

std::string row_markdown(std::vector<std::string> const& cells) {
  std::string out = "|";
  for (std::string const& one : cells) out += fmt::format(" {} |", cell(one));
  return out + "\n";
}

std::string markdown_of(Page const& page) {
  std::string out = fmt::format("# {}\n\n{}\n", cell(page.title), page.summary);
  for (PageTable const& table : page.tables) {
    out += fmt::format("\n## {}\n\n{}|", table.title, row_markdown(table.columns));
    for (std::size_t i = 0; i < table.columns.size(); ++i) out += "---|";
    out += '\n';
    for (auto const& row : table.rows) out += row_markdown(row);
  }
  return out;
}

// --- HTML

constexpr std::string_view kStyle =
    "body{font-family:sans-serif;margin:2em;max-width:75em}table{border-collapse:collapse;margin:1em 0}"
    "td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left}tr.unknown{background:#fdd}"
    "tr.forwarder{background:#ffd}tr.ours{background:#dfd}svg{background:#fafafa;border:1px solid #ccc}";

// A bar a day: what passed below, what failed above it.
std::string plot(std::vector<DaySum> const& days, PageWords const& words) {
  constexpr double kHeight = 160;
  constexpr double kWidth = 800;
  std::uint64_t most = 1;
  for (DaySum const& one : days) most = std::max(most, one.passed + one.failed);
  double const step = kWidth / static_cast<double>(std::max<std::size_t>(days.size(), 1));
  std::string out =
      fmt::format("<svg role=\"img\" aria-label=\"{}\" width=\"{}\" height=\"{}\">\n", words.per_day, kWidth, kHeight);
  auto bar = [&](std::size_t i, double from, double value, std::string_view colour) {
    double const scale = kHeight / static_cast<double>(most);
    out +=
        fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>",
                    static_cast<double>(i) * step, kHeight - (from + value) * scale, step * 0.8, value * scale, colour);
  };
  for (std::size_t i = 0; i < days.size(); ++i) {
    auto const passed = static_cast<double>(days[i].passed);
    auto const failed = static_cast<double>(days[i].failed);
    out += fmt::format("<g><title>{}: {} {}, {} {}</title>", date_text(days[i].day), words.passed, days[i].passed,
                       words.failed, days[i].failed);
    bar(i, 0, passed, "#3a7");
    bar(i, passed, failed, "#c33");
    out += "</g>\n";
  }
  return out + "</svg>\n";
}

std::string table_html(PageTable const& table) {
  std::string out = fmt::format("<h2>{}</h2>\n<table>\n<tr>", xml_text(table.title));
  for (std::string const& column : table.columns) out += fmt::format("<th>{}</th>", xml_text(column));
  out += "</tr>\n";
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    out += table.kinds.empty() ? "<tr>" : fmt::format("<tr class=\"{}\">", table.kinds[i]);
    for (std::string const& one : table.rows[i]) out += fmt::format("<td>{}</td>", xml_text(one));
    out += "</tr>\n";
  }
  return out + "</table>\n";
}

std::string html_of(Page const& page, PageWords const& words) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{0}\"><head><meta charset=\"utf-8\"><title>{1}</title><style>{2}</style></head>\n"
      "<body><h1>{1}</h1>\n<p>{3}</p>\n",
      words.code, xml_text(page.title), kStyle, xml_text(page.summary));
  if (!page.days.empty()) out += plot(page.days, words);
  for (PageTable const& table : page.tables) out += table_html(table);
  return out + "</body></html>\n";
}

template <class Summary>
std::string print(Summary const& summary, Format format, Language language) {
  if (format == Format::json) return json::serialize(json_of(summary));
  PageWords const& words = page_words(language);
  Page const page = page_of(summary, words);
  return format == Format::html ? html_of(page, words) : markdown_of(page);
}

}  // namespace

std::string date_text(Day day) {
  constexpr std::int64_t kSecondsPerDay = 24 * 60 * 60;
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::int64_t{day} * kSecondsPerDay));
}

std::optional<Format> parse_format(std::string_view word) {
  if (word == "json") return Format::json;
  if (word == "markdown") return Format::markdown;
  if (word == "html") return Format::html;
  return std::nullopt;
}

std::optional<Language> parse_language(std::string_view word) {
  if (word == "en") return Language::english;
  if (word == "ja") return Language::japanese;
  return std::nullopt;
}

std::string print_dmarc(DmarcSummary const& summary, Format format, Language language) {
  return print(summary, format, language);
}

std::string print_tls(TlsSummary const& summary, Format format, Language language) {
  return print(summary, format, language);
}

}  // namespace yubin::report
