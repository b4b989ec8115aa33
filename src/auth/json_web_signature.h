// Signed texts, JWS in its compact form (RFC 7515), and the public keys that verify them, a JWK set (RFC 7517).
//
// Verified are RS256, ES256 (RFC 7518) and EdDSA with Ed25519 (RFC 8037): what OpenID providers sign with. A key is for
// one algorithm, so no header can choose another; "none" and the secret ones (HS256) are none of these.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct evp_pkey_st;

namespace yubin::auth {

struct JsonWebSignature {
  std::string algorithm;
  std::string key_id;  // or empty
  std::string payload;
  std::string signed_text;  // header and payload as they were sent
  std::string signature;

  static constexpr std::size_t kMaxSize = 16 * 1024;
  // Errors: syntax, in words; limit.
  static Result<JsonWebSignature> parse(std::string_view compact);
};

// Immutable once made; any thread.
class JsonWebKeys {
 public:
  static constexpr std::size_t kMaxKeys = 100;
  static constexpr std::size_t kMaxSize = 256 * 1024;

  // A set's keys that are of no use here are passed over (RFC 7517 section 5). Errors: syntax, in words; also if no key
  // is left.
  static Result<JsonWebKeys> parse(std::string_view json);

  // Some 0.1 ms of CPU. Errors: denied, in words.
  Result<> verify(JsonWebSignature const& signed_text) const;
  std::size_t size() const { return keys_.size(); }

 private:
  struct Key {
    std::string id;
    std::string_view algorithm;
    std::shared_ptr<evp_pkey_st> key;
  };
  std::vector<Key> keys_;
};

// RFC 7515 section 2: base64url without padding. Empty: it is not.
std::optional<std::string> from_base64url(std::string_view text);
std::string to_base64url(std::string_view bytes);

}  // namespace yubin::auth
