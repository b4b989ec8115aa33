// The judge at the door: drives the checks of a message from another server side by side, before it is taken.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/ip_address.h"
#include "dns/resolver.h"
#include "net/task.h"
#include "policy/message_reader.h"
#include "report/seen.h"
#include "server/judge_options.h"
#include "server/vouching.h"

namespace yubin::server {

struct JudgeRequest {
  JudgeOptions options;
  std::string host_name;  // ours: the id in Authentication-Results
  IpAddress client;
  std::string helo;
  std::string sender;  // the reverse-path without brackets
  std::shared_ptr<policy::MessageReader const> message;
};

struct Judgement {
  std::vector<policy::Finding> findings;
  std::string results;               // the Authentication-Results field, without its last line end
  std::string aligned;               // who vouches for the author: "dkim example.org"; empty: nobody
  std::optional<report::Seen> seen;  // what the author's domain wants to be told
  Vouching vouching = Vouching::nobody;
};

// On a loop; the checks' own work is done on the pool. All outlive the call. Never fails: what cannot be found out is a
// finding too.
net::Task<Judgement> judge(dns::Resolver& resolver, Executor& pool, Clock const& clock, JudgeRequest request);

// One line for the journal: "pass: ... (domain example.org; ...)".
std::string line_of(policy::Finding const& finding);

}  // namespace yubin::server
