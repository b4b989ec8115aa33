// IMAP commands over many connections at a time; POP3 downloads.
#pragma once

#include <string>
#include <vector>

#include "bench/loop.h"
#include "bench/measure.h"

namespace yubin::bench {

// In commands {n} stands for the number of the operation, from 1 over all connections; {c} for that of the connection,
// from 1; {mail SIZE} for a message as a literal (RFC 7888).
struct ImapLoad {
  Target target;
  unsigned connections = 1;
  unsigned users = 1;  // connection c logs in as user((c - 1) % users + 1)
  std::string domain = "example.test";
  std::string password;
  std::vector<std::string> setup;    // once on each connection, after LOGIN; not in the figures
  std::vector<std::string> command;  // one operation: one after the other
  std::uint64_t operations = 1;      // over all connections
  unsigned pipelined = 1;            // commands under way on a connection
  bool login_is_operation = false;   // each operation is a new connection, LOGIN, `setup` and LOGOUT
};

struct ImapResult {
  double seconds = 0;
  std::uint64_t rows = 0;   // untagged responses
  std::uint64_t bytes = 0;  // received
  Latencies latencies;      // of operations
};

// Throws std::runtime_error at the first tagged response that is not OK.
ImapResult run_imap(ImapLoad const& load);

// RETR of all messages of user1, one connection; each is an operation.
ImapResult run_pop3(ImapLoad const& load);

}  // namespace yubin::bench
