// `yubin init`: from nothing to a server that can be started.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace yubin::app {

struct InitOptions {
  std::string host;
  std::string domain;
  std::string admin;                  // address of the first account; must be of the domain
  std::filesystem::path certificate;  // with the key empty: a self-signed one is made
  std::filesystem::path key;
  std::filesystem::path configuration = "/etc/yubin/yubin.toml";
  std::filesystem::path store = "/var/lib/yubin";
};

// Writes the configuration, makes the store with the domain and the account, and prints the account's password once.
// Nothing that exists is overwritten. The configuration is written last, so that a failure leaves none.
Result<> run_init(InitOptions const& options);

}  // namespace yubin::app
