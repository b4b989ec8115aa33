// Tries the hosts of a destination in turn until one of them has answered for the job. Internal to deliver/.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deliver/conversation.h"
#include "deliver/remote.h"
#include "deliver/remote_hosts.h"
#include "deliver/tls_policy.h"
#include "net/task.h"

namespace yubin::deliver {

// A job that is not settled: no host took part in it.
struct Unreached {
  queue::Job job;
  smtp::OutcomeDetail why;  // of the last host
  bool for_good = false;    // no later time will do better
  Way way;                  // what each of them came to
};

// How a job is sent.
struct Ways {
  RemoteServices const& services;  // all outlive the task
  RemoteOptions const& options;
  MailRoute const& route;
  net::Loop& loop;
  std::optional<std::chrono::seconds> step{};  // how long connecting or a command may take, if that is shorter
};

// "mx.example.org [192.0.2.1]"
std::string name_of(RemoteHost const& host);
std::shared_ptr<smtp::ClientOptions const> client_options(Ways const& ways, RemoteHost const& host, bool with_tls);
// `sender`: the domain of the reverse-path; empty: there is none.
net::Task<Result<net::Connection>> connect_to(Ways ways, RemoteHost host, std::string sender);

// `tried`: where it was tried before.
net::Task<std::optional<Unreached>> try_hosts(Ways ways, std::vector<RemoteHost> hosts, queue::Job job, Paced paced,
                                              Way tried = {});

}  // namespace yubin::deliver
