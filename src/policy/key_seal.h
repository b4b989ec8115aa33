// Secrets that are kept in rows, encrypted with a key that is no row: who has the rows alone has nothing of use.
// AES-256-GCM (RFC 5116 section 5.2). Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace yubin::policy {

class KeySeal {
 public:
  static constexpr std::size_t kKey = 32;  // bytes

  // `key` has kKey bytes; `random` outlives this.
  KeySeal(Secret key, Random& random) : key_(std::move(key)), random_(random) {}

  // A nonce of 12 bytes, what is encrypted, a tag of 16 bytes. `place` says whose it is: it opens nowhere else.
  std::string seal(std::string_view secret, std::string_view place) const;
  // Errors: denied, it was sealed with another key, for another place, or was changed.
  Result<Secret> open(std::string_view sealed, std::string_view place) const;

 private:
  Secret key_;
  Random& random_;
};

}  // namespace yubin::policy
