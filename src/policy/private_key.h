// Private keys of signatures, by OpenSSL. Values that never change; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "policy/public_key.h"

namespace yubin::policy {

class PrivateKey {
 public:
  // RFC 8301 section 3.2: at least 2048 bits; what is longer fits into no TXT record of one string, and nobody needs
  // it.
  static constexpr int kRsaBits = 2048;

  // A new one; RSA takes a tenth of a second or more. Errors: internal (OpenSSL has no randomness or no memory).
  static Result<PrivateKey> make(KeyType type);
  // What der() gave. Errors: corrupt.
  static Result<PrivateKey> parse(KeyType type, std::string_view der);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  KeyType type() const { return type_; }
  Secret der() const;  // PKCS #8 (RFC 5958)
  // As PublicKey::parse() takes it, and as p= publishes it.
  std::string public_bytes() const;
  // Of a hash value of SHA-256, as PublicKey::verify() has it. Errors: internal.
  Result<std::string> sign(std::string_view hash_value) const;

 private:
  struct State;
  PrivateKey(KeyType type, std::unique_ptr<State> state);

  KeyType type_;
  std::unique_ptr<State> state_;
};

}  // namespace yubin::policy
