// What a server keeps of a password for SCRAM (RFC 5802 section 3): neither the password nor what could take its place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::auth {

struct ScramKeys {
  std::uint32_t iterations = 0;
  std::string salt;        // bytes
  std::string stored_key;  // H(ClientKey)
  std::string server_key;
  friend bool operator==(ScramKeys const&, ScramKeys const&) = default;

  // `algorithm` as OpenSSL calls it: "SHA256". Some 2 ms for 4096 iterations. Errors: internal.
  //
  // Deviates from RFC 5802 section 2.2: the password is taken as it is, without SASLprep, like everywhere in auth/; for
  // ASCII it is the same.
  static Result<ScramKeys> make(char const* algorithm, std::string_view password, std::string_view salt,
                                std::uint32_t iterations);
  // "4096,salt,StoredKey,ServerKey", in base64, as Dovecot writes it behind {SCRAM-SHA-256}. Errors: syntax.
  static Result<ScramKeys> parse(std::string_view text, char const* algorithm);
  std::string text() const;
};

// RFC 8018 section 5.2; as many bytes as the digest has. Errors: internal.
Result<std::string> pbkdf2(char const* algorithm, std::string_view password, std::string_view salt,
                           std::uint32_t rounds);
Result<std::string> hmac(char const* algorithm, std::string_view key, std::string_view text);
Result<std::string> digest(char const* algorithm, std::string_view text);

}  // namespace yubin::auth
