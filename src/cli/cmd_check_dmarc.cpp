#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include "cli/check_run.h"
#include "cli/cmd_check.h"
#include "mime/address.h"
#include "policy/dkim_check.h"
#include "policy/dmarc_check.h"
#include "policy/spf_check.h"

namespace yubin::cli {

namespace {

struct Options {
  CheckOptions check;
  std::string file;
  PeerOptions peer;  // without an address SPF is not checked
  std::string author;
  std::string spf;
  std::vector<std::string> dkim;
};

// From the message and the connection.
Result<policy::DmarcRequest> examine(Options const& options, dns::Resolver& resolver) {
  TRY(WallTime const now, time_of(options.check));
  TRY(auto const message, read_message(options.file));
  policy::DkimCheck dkim(message, now);
  (void)finish(dkim, resolver);  // only its outcome is wanted
  policy::SpfOutcome spf;
  if (!options.peer.ip.empty()) {
    TRY(policy::SpfRequest request, spf_request(options.peer, "unknown", now));
    policy::SpfCheck check(std::move(request));
    (void)finish(check, resolver);
    spf = check.outcome();
  }
  return policy::dmarc_request(message->author(), &spf, &dkim.outcomes());
}

Result<policy::DmarcRequest> request_of(Options const& options, dns::Resolver& resolver) {
  policy::DmarcRequest request{.author = {}, .spf_domain = {}, .dkim_domains = {}};
  if (!options.file.empty()) {
    TRY(request, examine(options, resolver));
  }
  if (!options.author.empty()) {
    TRY(mime::Domain const author, mime::Domain::parse(options.author));
    request.author = {.domains = {author.text()}, .problem = {}};
  }
  if (!options.spf.empty()) request.spf_domain = options.spf;
  for (std::string const& domain : options.dkim) request.dkim_domains.push_back(domain);
  return request;
}

Result<> run(Context const& context, Options const& options) {
  if (options.file.empty() && options.author.empty()) return fail(Errc::syntax, "give a FILE or --author DOMAIN");
  TRY(auto const resolver, resolver_of(options.check));
  TRY(policy::DmarcRequest request, request_of(options, *resolver));
  policy::DmarcCheck check(std::move(request));
  policy::Finding const finding = finish(check, *resolver);
  if (!context.json) {
    print_finding(finding);
    return {};
  }
  policy::DmarcOutcome const& outcome = check.outcome();
  boost::json::object out = finding_json(finding);
  out["author"] = outcome.author;
  out["policy_domain"] = outcome.policy_domain;
  out["organizational_domain"] = outcome.organization;
  out["policy"] = to_string(outcome.policy);
  out["policy_tag"] = outcome.policy_tag;
  out["applied"] = to_string(outcome.applied);
  out["aligned"] = outcome.aligned;
  fmt::print("{}\n", boost::json::serialize(out));
  return {};
}

}  // namespace

void add_check_dmarc(CLI::App& check, Context& context) {
  CLI::App* dmarc =
      check.add_subcommand("dmarc", "does anybody vouch for the author's domain, and what does it want? (RFC 9989)");
  auto options = std::make_shared<Options>();
  add_message_option(*dmarc, options->file);
  add_peer_options(*dmarc, options->peer, false);
  dmarc->add_option("--author", options->author, "the domain in From, instead of a message");
  dmarc->add_option("--spf", options->spf, "the domain for which SPF passed, instead of checking it");
  dmarc->add_option("--dkim", options->dkim, "a domain with a good signature, besides those of the message");
  add_check_options(*dmarc, options->check);
  run_check(*dmarc, context, [&context, options] { return run(context, *options); });
}

}  // namespace yubin::cli
