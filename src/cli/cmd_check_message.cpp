#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cli/check_run.h"
#include "cli/cmd_check.h"
#include "policy/authentication_results.h"

namespace yubin::cli {

namespace {

struct Options {
  CheckOptions check;
  std::string file;
  PeerOptions peer;
  std::string host = "localhost";
};

Result<> run(Context const& context, Options const& options) {
  TRY(auto const resolver, resolver_of(options.check));
  TRY(WallTime const now, time_of(options.check));
  TRY(policy::SpfRequest request, spf_request(options.peer, options.host, now));
  TRY(auto const message, read_message(options.file));
  policy::IprevCheck iprev(request.client);
  policy::SpfCheck spf(std::move(request));
  policy::DkimCheck dkim(message, now);
  policy::ArcCheck arc(message);
  std::vector<policy::Finding> findings;
  for (policy::Check* check : std::initializer_list<policy::Check*>{&iprev, &spf, &dkim, &arc})
    findings.push_back(finish(*check, *resolver));
  policy::DmarcCheck dmarc(policy::dmarc_request(message->author(), &spf.outcome(), &dkim.outcomes()));
  findings.push_back(finish(dmarc, *resolver));
  std::string const field = policy::authentication_results(options.host, {&iprev, &spf, &dkim, &arc, &dmarc});
  if (!context.json) {
    for (policy::Finding const& finding : findings) {
      print_finding(finding);
      fmt::print("\n");
    }
    std::string lines = field;
    std::erase(lines, '\r');
    fmt::print("{}\n", lines);
    return {};
  }
  boost::json::array list;
  for (policy::Finding const& finding : findings) list.push_back(finding_json(finding));
  fmt::print("{}\n", boost::json::serialize(
                         boost::json::object{{"findings", std::move(list)}, {"authentication_results", field}}));
  return {};
}

}  // namespace

void add_check_message(CLI::App& check, Context& context) {
  CLI::App* message =
      check.add_subcommand("message", "all checks of a message from a peer, and what we would write in it");
  auto options = std::make_shared<Options>();
  add_message_option(*message, options->file)->required();
  add_peer_options(*message, options->peer, true);
  message->add_option("--host", options->host, "our name, in Authentication-Results")->capture_default_str();
  add_check_options(*message, options->check);
  run_check(*message, context, [&context, options] { return run(context, *options); });
}

}  // namespace yubin::cli
