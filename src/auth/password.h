// Passwords as they are stored: "{SCHEME}…", the scheme's name in any case.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace yubin::auth {

enum class Scheme {
  argon2id,      // {ARGON2ID}: 19 MiB, t=2, p=1 (RFC 9106); for new passwords
  ssha256_fast,  // {SSHA256}: salted SHA-256; verified on import, written only for load tools (--fast-auth)
};

// Of a stored password; an unknown one is Errc::syntax.
Result<Scheme> scheme_of(std::string_view stored);

// Errors: temporary (no memory for argon2id).
Result<std::string> hash_password(std::string_view password, Scheme scheme, Random& random);
// Takes some 30 ms of CPU for argon2id: only on the hashing pool. Constant-time comparison.
// Errors: syntax (an unknown scheme, a malformed hash), limit (argon2id that wants over 256 MiB, 16 passes or 16 lanes:
// a hash that was brought along must not bring the server down), temporary (no memory).
Result<bool> verify_password(std::string_view password, std::string_view stored);

}  // namespace yubin::auth
