#include "cli/check_run.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>

#include "base/text.h"
#include "cli/call.h"
#include "deliver/policy_dns.h"
#include "dns/make_resolver.h"
#include "journal/when.h"

namespace yubin::cli {

namespace {

namespace json = boost::json;

policy::Answer ask(dns::Resolver& resolver, policy::Question const& question) {
  dns::Question asked = deliver::to_dns(question);
  dns::RecordType const type = asked.type;
  std::promise<dns::Answer> answer;
  resolver.look_up(std::move(asked), [&answer](dns::Answer given) { answer.set_value(std::move(given)); });
  return deliver::from_dns(type, answer.get_future().get());
}

// Peers' bytes must not reach the terminal as they are.
std::string shown(std::string const& value) {
  bool const plain = std::ranges::all_of(value, [](char c) { return c >= ' ' && c < 0x7f; });
  return plain ? value : quoted(value, 1000);
}

}  // namespace

void add_check_options(CLI::App& command, CheckOptions& options) {
  command.add_option("--dns", options.zone,
                     "a file in the master format of RFC 1035 that stands for the whole DNS; a line "
                     "\"; !fail NAME SERVFAIL|TIMEOUT|BOGUS\" lets a name fail");
  command.add_option("--now", options.now, "when this happens: seconds since 1970, or 2026-11-22T10:30Z; else now");
}

void run_check(CLI::App& command, Context& context, std::function<Result<>()> run) {
  command.callback([&context, run = std::move(run)] {
    context.run = [run] {
      Result<> const result = run();
      return result ? kYes : complain(result.error().detail);
    };
  });
}

Result<std::unique_ptr<dns::Resolver>> resolver_of(CheckOptions const& options) {
  dns::Options how;
  if (!options.zone.empty()) {
    how.mode = dns::Options::Mode::static_zone;
    how.zone = options.zone;
  }
  TRY(dns::ResolverSetup setup, dns::read_setup(how));
  return dns::make_resolver(std::move(setup));
}

Result<WallTime> time_of(CheckOptions const& options) {
  WallTime const now = SystemClock().now();
  if (options.now.empty()) return now;
  constexpr std::uint64_t kLatest = 253'402'300'799;  // the last second of the year 9999
  if (auto const seconds = parse_number(options.now); seconds && *seconds <= kLatest)
    return WallTime(std::chrono::seconds(*seconds));
  return journal::parse_when(options.now, now, journal::Zone::utc);
}

void add_peer_options(CLI::App& command, PeerOptions& options, bool required) {
  command.add_option("--ip", options.ip, "the peer's address")->required(required);
  command.add_option("--helo", options.helo, "the name that it gives")->required(required);
  command.add_option("--from", options.from, "the reverse-path; \"<>\" or nothing: the HELO name is checked");
}

Result<policy::SpfRequest> spf_request(PeerOptions const& options, std::string receiver, WallTime now) {
  TRY(IpAddress const client, IpAddress::parse(options.ip));
  std::string sender = options.from;
  if (sender.starts_with('<') && sender.ends_with('>')) sender = sender.substr(1, sender.size() - 2);
  return policy::SpfRequest{client, options.helo, std::move(sender), std::move(receiver), now};
}

CLI::Option* add_message_option(CLI::App& command, std::string& file) {
  return command.add_option("FILE", file, "the message; \"-\": standard input");
}

Result<std::shared_ptr<policy::MessageReader const>> read_message(std::string const& file) {
  std::ifstream named;
  if (file != "-") named.open(file, std::ios::binary);
  if (!named) return fail(Errc::not_found, file + " cannot be read");
  std::istream& in = file == "-" ? std::cin : named;
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (text.find("\r\n") == std::string::npos) {
    std::string with_cr;
    for (char c : text) with_cr += c == '\n' ? "\r\n" : std::string(1, c);
    text = std::move(with_cr);
  }
  auto message = std::make_shared<policy::MessageReader>();
  message->feed(text);
  message->finish();
  return message;
}

policy::Finding finish(policy::Check& check, dns::Resolver& resolver) {
  for (;;) {
    policy::Step step = check.poll();
    if (auto* finding = std::get_if<policy::Finding>(&step)) return std::move(*finding);
    std::vector<policy::Answer> answers;
    for (policy::Question const& question : std::get<policy::Lookup>(step).questions)
      answers.push_back(ask(resolver, question));
    check.resume(std::move(answers));
  }
}

void print_finding(policy::Finding const& finding) {
  fmt::print("{}: {}\n{}\n", finding.check, finding.result, shown(finding.summary));
  std::size_t width = 0;
  for (policy::Evidence const& one : finding.evidence) width = std::max(width, one.name.size());
  for (policy::Evidence const& one : finding.evidence) fmt::print("  {:{}}  {}\n", one.name, width, shown(one.value));
}

json::object finding_json(policy::Finding const& finding) {
  // JSON is UTF-8; a peer's other bytes are written as they are shown.
  auto text = [](std::string const& value) { return json::string(shown(value)); };
  json::array evidence;
  for (policy::Evidence const& one : finding.evidence)
    evidence.push_back(json::object{{"name", one.name}, {"value", text(one.value)}});
  return {{"check", finding.check},
          {"result", finding.result},
          {"summary", text(finding.summary)},
          {"evidence", std::move(evidence)}};
}

}  // namespace yubin::cli
