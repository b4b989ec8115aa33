#include "cli/cmd_queue.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "base/base64.h"
#include "cli/call.h"
#include "cli/print_queue.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

struct FilterOption {
  char const* option;
  char const* field;
  char const* help;
};
constexpr FilterOption kFilters[] = {
    {"--sender", "sender", "the envelope's sender; <> for reports"},
    {"--recipient", "recipient", "the address of a recipient"},
    {"--domain", "domain", "the domain of recipients"},
    {"--state", "state", "waiting, deferred (waiting, after an attempt), held or active (on its way just now)"},
};

struct Options {
  std::string id;
  std::map<std::string, std::string> fields{};
  std::size_t limit = 1000;
  bool content = false;
  bool all = false;
  std::string to{};
};

int list(Context const& context, Options const& options) {
  Result<json::array> const messages = queued_messages(context, options.fields, options.limit);
  if (!messages) return complain(messages.error().detail);
  if (context.json) {
    fmt::print("{}\n", json::serialize(json::object{{"messages", *messages}}));
  } else {
    print_queue(*messages);
  }
  return kYes;
}

int show(Context const& context, Options const& options) {
  std::string const path = "/api/v1/queue/" + path_segment(options.id) + (options.content ? "?content=1" : "");
  return call(context, "GET", path, nullptr, [&](json::object const& message) {
    if (options.content) {
      // As it was sent, for another program.
      std::string const bytes = from_base64(text_of(message, "content")).value_or("");
      std::fwrite(bytes.data(), 1, bytes.size(), stdout);
      return;
    }
    print_queued(message);
    std::string header = text_of(message, "header");
    std::erase(header, '\r');
    fmt::print("\n{}", header);
  });
}

int act(Context const& context, Options const& options, std::string const& verb) {
  json::object body;
  for (auto const& [name, value] : options.fields)
    if (!value.empty()) body[name] = value;
  if (!options.id.empty()) body["id"] = options.id;
  if (options.all) body["all"] = true;
  if (!options.to.empty()) body["to"] = options.to;
  return call(context, "POST", "/api/v1/queue/" + verb, &body, [&](json::object const& answer) {
    fmt::print("{}: {} recipients of {} messages\n", verb, text_of(answer, "recipients"), text_of(answer, "messages"));
  });
}

void add_filters(CLI::App& command, Options& options) {
  for (FilterOption const& filter : kFilters)
    command.add_option(filter.option, options.fields[filter.field], filter.help);
}

}  // namespace

void add_queue_command(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("queue", "mail that waits to be sent")->require_subcommand(1);

  auto listed = std::make_shared<Options>();
  CLI::App* command = group->add_subcommand("list", "what waits, and why");
  add_filters(*command, *listed);
  command->add_option("--limit", listed->limit, "at most so many messages, the oldest")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command->callback([&context, listed] { context.run = [&context, listed] { return list(context, *listed); }; });

  auto shown = std::make_shared<Options>();
  command = group->add_subcommand("show", "one message: its recipients, what was said of each, its header");
  command->add_option("ID", shown->id, "as `yubin queue list` prints it")->required();
  command->add_flag("--content", shown->content, "the whole message instead, as it was taken");
  command->callback([&context, shown] { context.run = [&context, shown] { return show(context, *shown); }; });

  constexpr std::pair<char const*, char const*> kVerbs[] = {
      {"retry", "try again now"},
      {"hold", "do not try again until released"},
      {"release", "what was held goes on"},
      {"bounce", "give up now and report that to the sender"},
      {"remove", "give up now and report to nobody"},
      {"redirect", "to another address"},
  };
  for (auto const& [name, help] : kVerbs) {
    std::string const verb = name;
    auto options = std::make_shared<Options>();
    command = group->add_subcommand(verb, help);
    command->add_option("ID", options->id, "one message");
    add_filters(*command, *options);
    command->add_flag("--all", options->all, "everything in the queue");
    if (verb == "redirect") command->add_option("--to", options->to, "the new address")->required();
    command->callback([&context, options, verb] {
      context.run = [&context, options, verb] { return act(context, *options, verb); };
    });
  }
}

}  // namespace yubin::cli
