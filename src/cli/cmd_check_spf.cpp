#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include "cli/call.h"
#include "cli/check_run.h"
#include "cli/cmd_check.h"
#include "policy/spf_check.h"

namespace yubin::cli {

namespace {

struct Options {
  CheckOptions check;
  std::string ip;
  std::string helo;
  std::string from;
  std::string receiver = "unknown";
};

Result<> run(Context const& context, Options const& options) {
  TRY(auto const resolver, resolver_of(options.check));
  TRY(WallTime const now, time_of(options.check));
  TRY(IpAddress const client, IpAddress::parse(options.ip));
  policy::SpfCheck check({client, options.helo, without_brackets(options.from), options.receiver, now});
  policy::Finding const finding = finish(check, *resolver);
  if (!context.json) {
    print_finding(finding);
    return {};
  }
  policy::SpfOutcome const& outcome = check.outcome();
  boost::json::object out = finding_json(finding);
  out["identity"] = to_string(outcome.identity);
  out["domain"] = outcome.domain;
  out["mechanism"] = outcome.mechanism;
  out["explanation"] = outcome.explanation;
  fmt::print("{}\n", boost::json::serialize(out));
  return {};
}

}  // namespace

void add_check_spf(CLI::App& check, Context& context) {
  CLI::App* spf = check.add_subcommand("spf", "may this peer send for this domain? (RFC 7208)");
  auto options = std::make_shared<Options>();
  spf->add_option("--ip", options->ip, "the peer's address")->required();
  spf->add_option("--helo", options->helo, "the name that it gives")->required();
  spf->add_option("--from", options->from, "the reverse-path; \"<>\" or nothing: the HELO name is checked");
  spf->add_option("--receiver", options->receiver, "our name, for records that use it")->capture_default_str();
  add_check_options(*spf, options->check);
  spf->callback([&context, options] {
    context.run = [&context, options] {
      Result<> const result = run(context, *options);
      return result ? kYes : complain(result.error().detail);
    };
  });
}

}  // namespace yubin::cli
