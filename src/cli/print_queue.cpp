#include "cli/print_queue.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/call.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

constexpr std::size_t kPage = 500;

void print_recipient(json::object const& one) {
  std::string const state = text_of(one, "state");
  std::string line = fmt::format("    {:<9} <{}>", state, text_of(one, "address"));
  std::string const attempts = text_of(one, "attempts");
  if (attempts != "0") line += fmt::format("  {} attempts", attempts);
  if (state == "deferred") line += fmt::format(", next {}", text_of(one, "next_attempt"));
  if (std::string const until = text_of(one, "paused_until"); state != "held" && !until.empty())
    line += fmt::format(", nothing goes to {} before {}", text_of(one, "destination"), until);
  fmt::print("{}\n", line);
  if (attempts == "0") return;
  std::string said = text_of(one, "said");
  if (said.empty()) said = text_of(one, "status");
  std::string const host = text_of(one, "host");
  std::string const note = text_of(one, "note");
  fmt::print("              {}: {}{}{}\n", text_of(one, "class"), said, host.empty() ? "" : fmt::format(" [{}]", host),
             note.empty() ? "" : fmt::format(" ({})", note));
}

}  // namespace

Result<json::array> queued_messages(Context const& context, std::map<std::string, std::string> fields,
                                    std::size_t limit) {
  json::array messages;
  while (messages.size() < limit) {
    fields["limit"] = std::to_string(std::min(kPage, limit - messages.size()));
    std::string query;
    for (auto const& [name, value] : fields)
      if (!value.empty()) query += (query.empty() ? "?" : "&") + name + "=" + path_segment(value);
    TRY(json::object page, ask(context, "GET", "/api/v1/queue" + query, nullptr));
    for (json::value& message : page.at("messages").as_array()) messages.push_back(std::move(message));
    fields["after"] = text_of(page, "next");
    if (fields["after"].empty()) break;
  }
  return messages;
}

void print_queued(json::object const& message) {
  std::string const priority = text_of(message, "priority");
  fmt::print("{}  {}  {} bytes  from {}{}\n", text_of(message, "id"), text_of(message, "accepted"),
             text_of(message, "size"), text_of(message, "sender"), priority == "normal" ? "" : "  " + priority);
  for (json::value const& one : message.at("recipients").as_array()) print_recipient(one.as_object());
}

void print_queue(json::array const& messages) {
  if (messages.empty()) fmt::print("nothing waits to be sent\n");
  for (json::value const& message : messages) print_queued(message.as_object());
}

}  // namespace yubin::cli
