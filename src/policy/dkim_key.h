// The record that holds a signer's public key, at SELECTOR._domainkey.DOMAIN (RFC 6376 section 3.6.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/public_key.h"

namespace yubin::policy {

struct DkimKey {
  KeyType type = KeyType::rsa;                     // k=
  std::string bytes;                               // p=, decoded; empty: the key was revoked
  std::optional<std::vector<std::string>> hashes;  // h=; not given: all
  bool for_mail = true;                            // s=
  bool testing = false;                            // t=y
  bool exact_domain = false;                       // t=s: i= must name the very domain of d=
};

// Errors: syntax; not_found, it is of another version or for another kind of key.
Result<DkimKey> parse_dkim_key(std::string_view text);

}  // namespace yubin::policy
