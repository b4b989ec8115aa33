// Mail by SMTP over many connections at a time.
#pragma once

#include "bench/loop.h"
#include "bench/measure.h"

namespace yubin::bench {

struct SmtpLoad {
  Target target;
  unsigned connections = 16;
  std::uint64_t messages = 1000;
  std::string sizes = "4096";  // bytes, separated by commas: one after the other, again and again
  unsigned recipients = 1;     // of each message
  unsigned users = 16;         // user1@… to userN@…, taken in turn
  std::string domain = "example.test";
  std::string sender = "sender@load.example";
  bool connection_per_message = false;
};

struct SmtpResult {
  double seconds = 0;       // until the last 250
  std::uint64_t bytes = 0;  // of messages
  Latencies latencies;      // from MAIL to 250
};

// Throws std::runtime_error at the first reply that is not the wanted one.
SmtpResult run_smtp(SmtpLoad const& load);

}  // namespace yubin::bench
