// Public keys of signatures, by OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/digest.h"

namespace yubin::policy {

enum class KeyType { rsa, ed25519 };

class PublicKey {
 public:
  // RFC 8301 section 3.2: no fewer than 1024 bits, and a verifier must know up to 4096; more would only cost us time.
  static constexpr int kMinRsaBits = 1024;
  static constexpr int kMaxRsaBits = 4096;

  // SubjectPublicKeyInfo of RSA (RFC 6376 section 3.6.1; a bare RSAPublicKey is taken too), or the 32 bytes of Ed25519
  // (RFC 8463 section 4). Errors: syntax (none such), denied (a size that is refused).
  static Result<PublicKey> parse(KeyType type, std::string_view bytes);
  PublicKey(PublicKey&&) noexcept;
  PublicKey& operator=(PublicKey&&) noexcept;
  ~PublicKey();

  KeyType type() const { return type_; }
  int bits() const { return bits_; }
  // RSA: PKCS #1 v1.5 of the hash value (RFC 6376 section 3.3). Ed25519: of the hash value as a message (RFC 8463
  // section 3).
  bool verify(Hash hash, std::string_view hash_value, std::string_view signature) const;

 private:
  struct State;
  PublicKey(KeyType type, std::unique_ptr<State> state);

  KeyType type_;
  int bits_ = 0;
  std::unique_ptr<State> state_;
};

}  // namespace yubin::policy
