#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include "cli/check_run.h"
#include "cli/cmd_check.h"
#include "policy/spf_check.h"

namespace yubin::cli {

namespace {

struct Options {
  CheckOptions check;
  PeerOptions peer;
  std::string receiver = "unknown";
};

Result<> run(Context const& context, Options const& options) {
  TRY(auto const resolver, resolver_of(options.check));
  TRY(WallTime const now, time_of(options.check));
  TRY(policy::SpfRequest request, spf_request(options.peer, options.receiver, now));
  policy::SpfCheck check(std::move(request));
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
  add_peer_options(*spf, options->peer, true);
  spf->add_option("--receiver", options->receiver, "our name, for records that use it")->capture_default_str();
  add_check_options(*spf, options->check);
  run_check(*spf, context, [&context, options] { return run(context, *options); });
}

}  // namespace yubin::cli
