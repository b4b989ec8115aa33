#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cli/check_run.h"
#include "cli/cmd_check.h"
#include "policy/dkim_check.h"

namespace yubin::cli {

namespace {

struct Options {
  CheckOptions check;
  std::string file;
};

Result<> run(Context const& context, Options const& options) {
  TRY(auto const resolver, resolver_of(options.check));
  TRY(WallTime const now, time_of(options.check));
  TRY(auto const message, read_message(options.file));
  policy::DkimCheck check(message, now);
  policy::Finding const finding = finish(check, *resolver);
  if (!context.json) {
    print_finding(finding);
    return {};
  }
  boost::json::object out = finding_json(finding);
  boost::json::array signatures;
  for (policy::DkimOutcome const& one : check.outcomes()) {
    signatures.push_back(boost::json::object{{"result", to_string(one.result)},
                                             {"domain", one.domain},
                                             {"selector", one.selector},
                                             {"algorithm", one.algorithm},
                                             {"testing", one.testing},
                                             {"detail", one.detail}});
  }
  out["signatures"] = std::move(signatures);
  fmt::print("{}\n", boost::json::serialize(out));
  return {};
}

}  // namespace

void add_check_dkim(CLI::App& check, Context& context) {
  CLI::App* dkim = check.add_subcommand("dkim", "who has signed this message? (RFC 6376, RFC 8463)");
  auto options = std::make_shared<Options>();
  add_message_option(*dkim, options->file)->required();
  add_check_options(*dkim, options->check);
  run_check(*dkim, context, [&context, options] { return run(context, *options); });
}

}  // namespace yubin::cli
