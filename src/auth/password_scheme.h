// What the files of the password schemes have in common. For auth/ alone.
//
// A scheme is given what stands behind its name, decoded if it has an encoding. `check` says whether that has the
// scheme's form and a cost that can be borne; `verify` is only called with what passed check.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::auth {

// How the bytes of a hash are written when the scheme's name does not say so.
enum class HashEncoding { none, hex, base64 };

struct PasswordScheme {
  std::string_view name;
  HashEncoding encoding;
  std::size_t
      digest;  // bytes of a digest without salt, which may be in hex or base64 whatever `encoding` says; 0: none
  char const* algorithm;  // for OpenSSL, or the prefix that crypt(3) must have
  Result<> (*check)(PasswordScheme const& scheme, std::string_view hash);
  Result<bool> (*verify)(PasswordScheme const& scheme, std::string_view password, std::string_view hash);
};

std::span<PasswordScheme const> argon2_schemes();
std::span<PasswordScheme const> crypt_schemes();
std::span<PasswordScheme const> digest_schemes();
std::span<PasswordScheme const> pbkdf2_schemes();

std::unexpected<Error> malformed_hash();
std::unexpected<Error> costly_hash();
// HMAC fills its key up with zeros and crypt(3) ends at the first: what has one is not what was hashed.
bool has_nul(std::string_view password);
bool equal_secrets(std::string_view a, std::string_view b);  // in a time that tells only the lengths

Result<std::string> hash_argon2id(std::string_view password, std::span<std::byte const> salt);
Result<std::string> hash_salted(char const* algorithm, std::string_view password, std::string_view salt);

}  // namespace yubin::auth
