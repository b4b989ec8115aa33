#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <set>
#include <thread>

#include "base/clock.h"
#include "cli/call.h"
#include "cli/trace_entry.h"
#include "journal/describe.h"
#include "journal/when.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

constexpr std::size_t kPage = 500;
constexpr auto kFollowEvery = std::chrono::seconds(1);
// A message's id is as old as its transaction; so long ago is looked for what was written since.
constexpr auto kFollowBack = std::chrono::minutes(15);

// An option whose text is a field of the API's query.
struct Filter {
  char const* option;
  char const* field;
  char const* help;
};
constexpr Filter kFilters[] = {
    {"--to", "to", "address of a recipient"},
    {"--from", "from", "address of the sender (the envelope's)"},
    {"--user", "user", "who was logged in, or tried to be"},
    {"--address", "address", "any of these three"},
    {"--domain", "domain", "the domain of any of these"},
    {"--ip", "ip", "the peer: an IP address, or a network like 192.0.2.0/24"},
    {"--message-id", "message_id", "the Message-ID field"},
    {"--service", "service", "mx, submission, imap, pop3, admin, ..."},
    {"--verdict", "verdict", "accepted, refused, deferred, ...; also the fate of a recipient"},
    {"--kind", "kind", "message, refusal, delivery, login, change or connection"},
};

struct Options {
  std::string id;
  std::map<std::string, std::string> fields;  // of the query
  std::string since;
  std::string until;
  std::size_t limit = 100;
  bool follow = false;
};

std::string query_text(std::map<std::string, std::string> const& fields) {
  std::string text;
  for (auto const& [name, value] : fields) {
    if (!value.empty()) text += (text.empty() ? "?" : "&") + name + "=" + path_segment(value);
  }
  return text;
}

// "yesterday" is the administrator's, not the server's.
Result<std::string> point_in_time(std::string const& text) {
  if (text.empty()) return text;
  TRY(WallTime time, journal::parse_when(text, SystemClock().now(), journal::Zone::local));
  return journal::rfc3339(time);
}

class Trace {
 public:
  Trace(Context const& context, Options options) : context_(context), options_(std::move(options)) {}

  int run() {
    Result<> const result = options_.id.empty() ? search() : story();
    return result ? kYes : complain(result.error().detail);
  }

 private:
  Result<> story() {
    TRY(json::object entry, ask(context_, "GET", "/api/v1/journal/" + path_segment(options_.id), nullptr));
    if (context_.json) {
      fmt::print("{}\n", json::serialize(entry));
      return {};
    }
    TRY(journal::Entry first, entry_of(entry));
    fmt::print("{}", journal::describe(first));
    auto const* later = entry.if_contains("later");
    if (later == nullptr || !later->is_array()) return {};
    for (json::value const& value : later->get_array()) {
      TRY(journal::Entry next, entry_of(value.as_object()));
      fmt::print("\n{}", journal::describe(next));
    }
    return {};
  }

  Result<> search() {
    TRY(options_.fields["since"], point_in_time(options_.since));
    TRY(options_.fields["until"], point_in_time(options_.until));
    TRY(std::vector<json::object> entries, newest(options_.limit));
    TRY_VOID(print_all(entries));
    if (options_.follow) return follow();
    if (entries.empty() && !context_.json) fmt::print(stderr, "nothing found\n");
    return {};
  }

  // Newest first, page after page.
  Result<std::vector<json::object>> newest(std::size_t limit) {
    std::vector<json::object> entries;
    std::map<std::string, std::string> fields = options_.fields;
    while (entries.size() < limit) {
      fields["limit"] = std::to_string(std::min(kPage, limit - entries.size()));
      TRY(json::object page, ask(context_, "GET", "/api/v1/journal" + query_text(fields), nullptr));
      for (json::value& value : page.at("entries").as_array()) entries.push_back(std::move(value.as_object()));
      fields["before"] = text_of(page, "next");
      if (fields["before"].empty()) break;
    }
    return entries;
  }

  // Oldest first, as a log is read; the last line is the newest.
  Result<> print_all(std::vector<json::object> const& newest_first) {
    if (context_.json && !options_.follow) {
      json::array list(newest_first.begin(), newest_first.end());
      fmt::print("{}\n", json::serialize(json::object{{"entries", std::move(list)}}));
      return {};
    }
    for (auto entry = newest_first.rbegin(); entry != newest_first.rend(); ++entry) {
      if (!shown_.insert(text_of(*entry, "id")).second) continue;
      if (context_.json) {
        fmt::print("{}\n", json::serialize(*entry));
      } else {
        TRY(journal::Entry one, entry_of(*entry));
        fmt::print("{}\n", journal::summarize(one));
      }
    }
    std::fflush(stdout);
    return {};
  }

  Result<> follow() {
    WallTime const begin = SystemClock().now();
    fmt::print(stderr, "Waiting for what happens from now on; Ctrl-C ends this.\n");
    for (;;) {
      std::this_thread::sleep_for(kFollowEvery);
      WallTime const since = std::max(begin, SystemClock().now() - kFollowBack);
      options_.fields["since"] = journal::rfc3339(since);
      std::erase_if(shown_, [&](std::string const& id) {
        Result<journal::EntryId> const parsed = journal::EntryId::parse(id);
        return parsed && parsed->time() < since;
      });
      TRY(std::vector<json::object> entries, newest(10 * kPage));
      TRY_VOID(print_all(entries));
    }
  }

  Context const& context_;
  Options options_;
  std::set<std::string> shown_;
};

}  // namespace

void add_trace_command(CLI::App& app, Context& context) {
  CLI::App* trace = app.add_subcommand("trace", "what happened to a message or a login, and why");
  auto options = std::make_shared<Options>();
  CLI::Option* id = trace->add_option("--id", options->id,
                                      "the whole story of one entry: the id at the end of the server's reply, or "
                                      "in the Received field");
  for (Filter const& filter : kFilters)
    trace->add_option(filter.option, options->fields[filter.field], filter.help)->excludes(id);
  trace->add_option("--since", options->since, "from then on: 2h, 3d, today, yesterday, 2026-11-22T10:30, ...")
      ->excludes(id);
  trace->add_option("--until", options->until, "before that time")->excludes(id);
  trace->add_option("--limit", options->limit, "at most so many, the newest")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str()
      ->excludes(id);
  trace->add_flag("--follow", options->follow, "go on with what happens from now on, until Ctrl-C")->excludes(id);
  trace->callback(
      [&context, options] { context.run = [&context, options] { return Trace(context, *options).run(); }; });
}

}  // namespace yubin::cli
