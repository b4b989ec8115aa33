// What the subcommands of `yubin check` have in common: the DNS and the time that they are given, driving a check to
// its finding, and printing that.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cli/cli.h"
#include "dns/resolver.h"
#include "policy/check.h"
#include "policy/message_reader.h"
#include "policy/spf_check.h"

namespace CLI {
class Option;
}

namespace yubin::cli {

struct CheckOptions {
  std::string zone;  // a file that stands for the DNS; empty: the real one
  std::string now;   // when the check takes place; empty: now
};
void add_check_options(CLI::App& command, CheckOptions& options);
// `run` is called if this command is the one that was given; what it fails with is complained of.
void run_check(CLI::App& command, Context& context, std::function<Result<>()> run);

// Errors: the file or the time cannot be read.
Result<std::unique_ptr<dns::Resolver>> resolver_of(CheckOptions const& options);
// Seconds since 1970, or as journal/when.h reads it.
Result<WallTime> time_of(CheckOptions const& options);

// The connection that a message came by.
struct PeerOptions {
  std::string ip;
  std::string helo;
  std::string from;  // with or without angle brackets
};
void add_peer_options(CLI::App& command, PeerOptions& options, bool required);
// Errors: syntax.
Result<policy::SpfRequest> spf_request(PeerOptions const& options, std::string receiver, WallTime now);

CLI::Option* add_message_option(CLI::App& command, std::string& file);
// A message as it would come over SMTP: a file whose lines end in LF alone gets CR LF. "-": standard input.
Result<std::shared_ptr<policy::MessageReader const>> read_message(std::string const& file);

// Blocks until all is answered.
policy::Finding finish(policy::Check& check, dns::Resolver& resolver);

// "spf: pass", the sentence, and the evidence in two columns.
void print_finding(policy::Finding const& finding);
boost::json::object finding_json(policy::Finding const& finding);

}  // namespace yubin::cli
