#include "cli/cmd_report.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/call.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

struct Wanted {
  std::string domain;
  std::string from;
  std::string to;
  bool markdown = false;  // what is printed without any of these too
  bool html = false;
  std::string language = "en";
};

int show(Context const& context, std::string_view what, Wanted const& wanted) {
  std::string const format = context.json ? "json" : wanted.html ? "html" : "markdown";
  std::string path = fmt::format("/api/v1/reports/{}?domain={}&format={}&lang={}", what, path_segment(wanted.domain),
                                 format, wanted.language);
  if (!wanted.from.empty()) path += "&from=" + path_segment(wanted.from);
  if (!wanted.to.empty()) path += "&to=" + path_segment(wanted.to);
  return call(context, "GET", path, nullptr,
              [](json::object const& answer) { fmt::print("{}", text_of(answer, "document")); });
}

void add(CLI::App& report, Context& context, char const* name, char const* help) {
  CLI::App* command = report.add_subcommand(name, help);
  auto wanted = std::make_shared<Wanted>();
  command->add_option("--domain", wanted->domain, "a domain of this server")->required();
  command->add_option("--from", wanted->from, "the first day, like 2026-11-21; six days before the last unless given");
  command->add_option("--to", wanted->to, "the last day; today unless given");
  CLI::Option* html = command->add_flag("--html", wanted->html, "a page for a browser, with a plot");
  command->add_flag("--markdown", wanted->markdown, "text with tables; so it is without --html and --json")
      ->excludes(html);
  command->add_option("--lang", wanted->language, "language of the page")
      ->check(CLI::IsMember({"en", "ja"}))
      ->capture_default_str();
  command->callback(
      [&context, wanted, name] { context.run = [&context, wanted, name] { return show(context, name, *wanted); }; });
}

void add_send(CLI::App& report, Context& context) {
  CLI::App* command =
      report.add_subcommand("send", "send the reports that other domains want of us now, not in an hour");
  auto today = std::make_shared<bool>(false);
  command->add_flag("--today", *today, "also on the day that is not over; the rest of it makes another report");
  command->callback([&context, today] {
    context.run = [&context, today] {
      return call(context, "POST", fmt::format("/api/v1/reports/send?today={}", *today), nullptr,
                  [](json::object const&) { fmt::print("on their way, if there are any: yubin queue list\n"); });
    };
  });
}

}  // namespace

void add_report_command(CLI::App& app, Context& context) {
  CLI::App* report = app.add_subcommand("report", "what others report on mail in our names, and we on theirs");
  report->require_subcommand(1);
  add(*report, context, "dmarc", "who sends mail in a domain's name, and whether it passed: others' DMARC reports");
  add(*report, context, "tls", "whether mail to a domain came over TLS: others' TLS reports");
  add_send(*report, context);
}

}  // namespace yubin::cli
