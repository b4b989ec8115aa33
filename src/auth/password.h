// Passwords as they are stored: "{SCHEME}…".
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace yubin::auth {

// A password on its way; wiped when destroyed, never logged.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(Secret const&) = delete;
  ~Secret() { wipe(); }
  std::string_view view() const { return text_; }

 private:
  void wipe();
  std::string text_;
};

enum class Scheme {
  argon2id,      // {ARGON2ID}: 19 MiB, t=2, p=1 (RFC 9106); for new passwords
  ssha256_fast,  // {SSHA256}: salted SHA-256; verified on import, written only for load tools (--fast-auth)
};

Result<std::string> hash_password(std::string_view password, Scheme scheme, Random& random);
// Takes some 30 ms of CPU for argon2id: only on the hashing pool. Constant-time comparison. An unknown scheme is an
// error.
Result<bool> verify_password(std::string_view password, std::string_view stored);

}  // namespace yubin::auth
