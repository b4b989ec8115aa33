// Whose token is it? Access tokens that are signed JSON (JWT, RFC 7519), verified here, without asking who issued them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "auth/json_web_signature.h"
#include "base/clock.h"
#include "base/result.h"

namespace yubin::auth {

struct TokenOptions {
  std::string issuer;           // that the token must name, exactly
  std::string audience;         // that it must be for
  std::string claim = "email";  // the one with the account's address
};

// Immutable once made; any thread.
class TokenVerifier {
 public:
  // By how much the issuer's clock may be ahead or behind.
  static constexpr std::chrono::seconds kLeeway{60};

  // `keys` is a JWK set. Errors: as of JsonWebKeys::parse().
  static Result<TokenVerifier> make(std::string_view keys, TokenOptions options);

  // The address that the token speaks for, as it stands there. Errors: denied, why not, in words for the journal.
  Result<std::string> verify(std::string_view token, WallTime now) const;

  // What a client is told whose token is not good (RFC 7628 section 3.2.2), in JSON.
  std::string refusal() const;

 private:
  TokenVerifier(JsonWebKeys keys, TokenOptions options) : keys_(std::move(keys)), options_(std::move(options)) {}

  JsonWebKeys keys_;
  TokenOptions options_;
};

}  // namespace yubin::auth
