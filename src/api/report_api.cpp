#include "api/report_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "api/json.h"
#include "api/query.h"
#include "base/text.h"
#include "mime/date.h"
#include "report/page.h"

namespace yubin::api {

namespace {

namespace json = boost::json;
using report::Day;

constexpr Day kMostDays = 4000;
constexpr Day kWeek = 7;

struct Wanted {
  std::string domain;
  Day from = 0;
  Day to = 0;
  report::Format format = report::Format::json;
  report::Language language = report::Language::english;
};

Result<Day> day_field(std::string const& text, Day otherwise) {
  if (text.empty()) return otherwise;
  Result<mime::DateTime> const date = mime::parse_date(text);
  if (!date) return fail(Errc::syntax, yubin::quoted(text) + " is no date like 2026-11-21");
  return report::day_of(date->time.time_since_epoch().count());
}

// Without dates: the week up to today.
Result<Wanted> parse_wanted(std::string_view query, std::int64_t now) {
  TRY(QueryString const fields, QueryString::parse(query, {"domain", "from", "to", "format", "lang"}));
  TRY(mime::Domain const domain, mime::Domain::parse(fields.text("domain")));
  Wanted wanted{.domain = domain.text()};
  TRY(wanted.to, day_field(fields.text("to"), report::day_of(now)));
  TRY(wanted.from, day_field(fields.text("from"), wanted.to - std::min(wanted.to, kWeek - 1)));
  if (wanted.from > wanted.to) return fail(Errc::syntax, "the first day is after the last");
  if (wanted.to - wanted.from > kMostDays) return fail(Errc::limit, fmt::format("more than {} days", kMostDays));
  std::string const format = fields.text("format");
  std::string const language = fields.text("lang");
  auto const known_format = report::parse_format(format.empty() ? "json" : format);
  auto const known_language = report::parse_language(language.empty() ? "en" : language);
  if (!known_format) return fail(Errc::syntax, "the format is one of json, markdown, html");
  if (!known_language) return fail(Errc::syntax, "the language is one of en, ja");
  wanted.format = *known_format;
  wanted.language = *known_language;
  return wanted;
}

// JSON as it is, a page as the member "document".
template <class Summarize, class Print>
http::Response answer(directory::Directory const& directory, Wanted const& wanted, Summarize summarize, Print print) {
  auto const domain = directory.find_domain(mime::Domain::parse(wanted.domain).value());
  if (!domain) return error_response(domain.error());
  if (!*domain) return error_response({Errc::not_found, wanted.domain + " is not a domain of this server"});
  auto const summary = summarize(wanted.domain, wanted.from, wanted.to);
  if (!summary) return error_response(summary.error());
  std::string text = print(*summary, wanted.format, wanted.language);
  if (wanted.format == report::Format::json) return json_response(200, json::parse(text).as_object());
  return json_response(200, {{"document", text}});
}

}  // namespace

std::span<Route<ReportApi> const> ReportApi::routes() {
  static constexpr Route<ReportApi> kRoutes[] = {
      {"GET", "/api/v1/reports/dmarc", &ReportApi::show_dmarc},
      {"GET", "/api/v1/reports/tls", &ReportApi::show_tls},
      {"POST", "/api/v1/reports/send", &ReportApi::send},
  };
  return kRoutes;
}

void ReportApi::handle(http::Request request, std::string peer, Reply reply) {
  dispatch(*this, routes(), std::move(request), std::move(peer), std::move(reply));
}

std::int64_t ReportApi::now() const {
  return std::chrono::floor<std::chrono::seconds>(services_.clock.now()).time_since_epoch().count();
}

void ReportApi::show_dmarc(Call call, Reply reply) {
  Result<Wanted> const wanted = parse_wanted(call.query, now());
  if (!wanted) return reply(error_response(wanted.error()));
  auto summarize = [&](std::string const& domain, Day from, Day to) {
    return report::summarize_dmarc(services_.rows, domain, from, to);
  };
  reply(answer(services_.directory, *wanted, summarize, report::print_dmarc));
}

void ReportApi::show_tls(Call call, Reply reply) {
  Result<Wanted> const wanted = parse_wanted(call.query, now());
  if (!wanted) return reply(error_response(wanted.error()));
  auto summarize = [&](std::string const& domain, Day from, Day to) {
    return report::summarize_tls(services_.rows, domain, from, to);
  };
  reply(answer(services_.directory, *wanted, summarize, report::print_tls));
}

void ReportApi::send(Call call, Reply reply) {
  Result<QueryString> const fields = QueryString::parse(call.query, {"today"});
  if (!fields) return reply(error_response(fields.error()));
  std::vector<std::string> const kinds = services_.send(fields->text("today") == "true");
  if (kinds.empty()) return reply(error_response({Errc::conflict, "this server sends no reports"}));
  reply(json_response(200, {{"sending", json::array(kinds.begin(), kinds.end())}}));
}

}  // namespace yubin::api
