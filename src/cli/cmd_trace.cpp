#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include "cli/call.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

void print_if_any(std::string_view label, std::string const& text) {
  if (!text.empty()) fmt::print("{:<11} {}\n", label, text);
}

void print_entry(json::object const& entry) {
  fmt::print("{} {} {} by {}\n", text_of(entry, "time"), text_of(entry, "kind"), text_of(entry, "verdict"),
             text_of(entry, "service"));
  for (std::string_view name : {"id", "peer", "helo", "tls", "user", "sender", "message_id", "reason"})
    print_if_any(name, text_of(entry, name));
  if (text_of(entry, "size") != "0") print_if_any("size", text_of(entry, "size"));
  for (json::value const& value : entry.at("recipients").as_array()) {
    json::object const& fate = value.as_object();
    fmt::print("{:<11} {} {} {} ({})\n", "recipient", text_of(fate, "address"), text_of(fate, "fate"),
               text_of(fate, "status"), text_of(fate, "detail"));
  }
  for (auto const& fact : entry.at("facts").as_object())
    print_if_any({fact.key().data(), fact.key().size()},
                 text_of(entry.at("facts").as_object(), {fact.key().data(), fact.key().size()}));
}

}  // namespace

void add_trace_command(CLI::App& app, Context& context) {
  CLI::App* trace = app.add_subcommand("trace", "what happened to a message, and why");
  auto id = std::make_shared<std::string>();
  trace->add_option("--id", *id, "the id at the end of the server's reply, or in the Received field")->required();
  trace->callback([&context, id] {
    context.run = [&context, id] {
      return call(context, "GET", "/api/v1/journal/" + path_segment(*id), nullptr, print_entry);
    };
  });
}

}  // namespace yubin::cli
