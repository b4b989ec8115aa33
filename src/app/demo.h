// `yubin demo`: a complete server for the domain example.test in one folder, for trying out and for tests. Needs no
// root, no network and no configuration.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"

namespace yubin::app {

struct DemoOptions {
  std::filesystem::path directory;
  std::uint16_t base_port = 10000;      // a service's port is this plus its standard port
  std::optional<std::string> password;  // of all accounts; else a random one, kept in the directory
  unsigned accounts = 0;                // user1 to userN besides hanako and taro
  bool fast_auth = false;               // a cheap hash, for load tools
  bool allow_cleartext = false;         // login without TLS, for load tools
  bool strict = false;                  // limits hold for loopback too
  std::string dns{};                    // a name server that is asked, like "127.0.0.1:5353"; empty: none is
};

// Runs until SIGINT or SIGTERM. Prints a line that begins with "ready" when all listeners are bound.
Result<> run_demo(DemoOptions const& options);

}  // namespace yubin::app
