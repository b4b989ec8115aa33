// What is asked of the running server itself: status, listeners, reload.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "cli/call.h"
#include "config/codec.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

std::string_view view(json::string const& text) {
  return {text.data(), text.size()};
}

void print_listeners(json::array const& listeners) {
  for (json::value const& each : listeners) {
    json::object const& listener = each.as_object();
    fmt::print("  {:<12} {:<24} {}\n", text_of(listener, "service"), text_of(listener, "address"),
               text_of(listener, "tls") == "none" ? "no TLS" : text_of(listener, "tls") + " TLS");
  }
}

void print_services(json::array const& services) {
  for (json::value const& each : services) {
    json::object const& service = each.as_object();
    std::string const waiting = service.at("unauthenticated").is_null()
                                    ? ""
                                    : fmt::format(", {} of them not logged in", text_of(service, "unauthenticated"));
    fmt::print("  {:<12} {} open{}; {} since the start, {} refused\n", text_of(service, "service"),
               text_of(service, "connections"), waiting, text_of(service, "admitted"), text_of(service, "refused"));
  }
}

void print_certificates(json::array const& certificates) {
  for (json::value const& each : certificates) {
    json::object const& certificate = each.as_object();
    fmt::print("  {}: {} days left, until {}{}\n", text_of(certificate, "file"), text_of(certificate, "days_left"),
               text_of(certificate, "expires"),
               certificate.at("alarm").as_bool() ? "  ALARM: replace it, then `yubin reload`" : "");
  }
}

// Rounded to whole units that people compare.
std::string rounded(json::value const& bytes) {
  std::uint64_t n = bytes.to_number<std::uint64_t>();
  for (std::string_view unit : {"B", "KiB", "MiB"}) {
    if (n < 10'000) return fmt::format("{} {}", n, unit);
    n /= 1024;
  }
  return fmt::format("{} GiB", n);
}

void print_space(json::object const& space) {
  fmt::print("  {}: {} used, {} free{}\n", text_of(space, "directory"), rounded(space.at("used")),
             rounded(space.at("free")), space.at("low").as_bool() ? "  ALARM: make room" : "");
}

void print_jobs(json::array const& jobs) {
  for (json::value const& each : jobs) {
    json::object const& job = each.as_object();
    std::string const ended = text_of(job, "ended");
    std::string const failure = text_of(job, "failure");
    fmt::print("  {:<24} {}{}\n", text_of(job, "name"), ended.empty() ? "not yet" : ended,
               failure.empty() ? "" : "  FAILED: " + failure);
  }
}

// Who refuses our mail for who we are: nothing goes there until somebody acts.
void print_block_lists(json::array const& alarms) {
  for (json::value const& each : alarms) {
    json::object const& alarm = each.as_object();
    std::string const address = text_of(alarm, "address");
    fmt::print("ALARM: {} lists {}; {} refusals since {}, the last {} by {}: {}\n", text_of(alarm, "list"),
               address.empty() ? "this server" : address, text_of(alarm, "refusals"), text_of(alarm, "first"),
               text_of(alarm, "last"), text_of(alarm, "host"), text_of(alarm, "said"));
  }
}

void print_dns(json::object const& dns) {
  fmt::print("dns: {} questions, {} answered, {} failed, {} not vouched for by DNSSEC{}\n", text_of(dns, "asked"),
             text_of(dns, "answered"), text_of(dns, "failed"), text_of(dns, "bogus"),
             dns.at("down").as_bool() ? "  ALARM: no answers" : "");
  std::string const failure = text_of(dns, "last_failure");
  if (!failure.empty()) fmt::print("  last failure {}: {}\n", text_of(dns, "failed_at"), failure);
}

void print_status(json::object const& status) {
  auto const seconds = std::chrono::seconds(status.at("uptime").to_number<std::int64_t>());
  bool const minutes = seconds >= std::chrono::minutes(1);
  fmt::print("yubin {} on {}, up {}\n", text_of(status, "version"), text_of(status, "host_name"),
             config::format_duration(minutes ? std::chrono::floor<std::chrono::minutes>(seconds) : seconds));
  std::string const file = text_of(status, "configuration");
  fmt::print("configuration {}, generation {}\n", file.empty() ? "built in" : file, text_of(status, "generation"));
  fmt::print("sandbox: {}\n", text_of(status, "sandbox"));
  print_block_lists(status.at("block_lists").as_array());
  for (json::value const& alarm : status.at("alarms").as_array()) fmt::print("ALARM: {}\n", view(alarm.as_string()));
  fmt::print("listeners\n");
  print_listeners(status.at("listeners").as_array());
  fmt::print("connections\n");
  print_services(status.at("services").as_array());
  fmt::print("certificates\n");
  print_certificates(status.at("certificates").as_array());
  fmt::print("store\n");
  print_space(status.at("space").as_object());
  fmt::print("upkeep\n");
  print_jobs(status.at("jobs").as_array());
  if (status.at("dns").is_object()) print_dns(status.at("dns").as_object());
  for (json::value const& warning : status.at("warnings").as_array())
    fmt::print("WARNING: {}\n", view(warning.as_string()));
}

int show_status(Context const& context) {
  auto status = ask(context, "GET", "/api/v1/status", nullptr);
  if (!status) return complain(status.error().detail);
  auto lists = ask(context, "GET", "/api/v1/block-lists", nullptr);
  if (!lists) return complain(lists.error().detail);
  (*status)["block_lists"] = lists->at("block_lists");
  if (context.json) {
    fmt::print("{}\n", json::serialize(*status));
  } else {
    print_status(*status);
  }
  return kYes;
}

void print_reloaded(json::object const& answer) {
  fmt::print("reloaded, generation {}\n", text_of(answer, "generation"));
  for (json::value const& option : answer.at("needs_restart").as_array())
    fmt::print("{} has changed and is felt after a restart\n", view(option.as_string()));
}

}  // namespace

void add_server_commands(CLI::App& app, Context& context) {
  app.add_subcommand("status", "how the server is: certificates, space, what it listens on")->callback([&context] {
    context.run = [&context] { return show_status(context); };
  });
  app.add_subcommand("listeners", "every socket that is open, and nothing else is")->callback([&context] {
    context.run = [&context] {
      return call(context, "GET", "/api/v1/listeners", nullptr,
                  [](json::object const& answer) { print_listeners(answer.at("listeners").as_array()); });
    };
  });
  app.add_subcommand("reload", "read the configuration and the certificates again")->callback([&context] {
    context.run = [&context] { return call(context, "POST", "/api/v1/reload", nullptr, print_reloaded); };
  });
}

}  // namespace yubin::cli
