#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cli/check_run.h"
#include "cli/cmd_check.h"
#include "policy/arc_check.h"

namespace yubin::cli {

namespace {

struct Options {
  CheckOptions check;
  std::string file;
};

Result<> run(Context const& context, Options const& options) {
  TRY(auto const resolver, resolver_of(options.check));
  TRY(auto const message, read_message(options.file));
  policy::ArcCheck check(message);
  policy::Finding const finding = finish(check, *resolver);
  if (!context.json) {
    print_finding(finding);
    return {};
  }
  boost::json::object out = finding_json(finding);
  out["domains"] = boost::json::array(check.outcome().domains.begin(), check.outcome().domains.end());
  out["detail"] = check.outcome().detail;
  fmt::print("{}\n", boost::json::serialize(out));
  return {};
}

}  // namespace

void add_check_arc(CLI::App& check, Context& context) {
  CLI::App* arc = check.add_subcommand("arc", "is the chain of those who passed this message on unbroken? (RFC 8617)");
  auto options = std::make_shared<Options>();
  add_message_option(*arc, options->file)->required();
  add_check_options(*arc, options->check);
  run_check(*arc, context, [&context, options] { return run(context, *options); });
}

}  // namespace yubin::cli
