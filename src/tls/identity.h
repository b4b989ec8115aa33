// Who a service is: a certificate chain and its private key, in PEM, with the names to call them by in messages.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace yubin::tls {

struct Identity {
  std::string chain_pem;                       // the service's own certificate first, then the intermediates
  std::string key_pem;                         // wiped when this object goes
  std::string chain_name = "the certificate";  // for messages: the file it came from
  std::string key_name = "the key";

  Identity() = default;
  Identity(Identity&&) = default;
  Identity& operator=(Identity&&) = default;
  Identity(Identity const&) = default;
  Identity& operator=(Identity const&) = default;
  ~Identity();
};

// Reads both files (each at most 1 MiB). The error names the file and what to do.
Result<Identity> read_identity(std::filesystem::path const& chain, std::filesystem::path const& key);

}  // namespace yubin::tls
