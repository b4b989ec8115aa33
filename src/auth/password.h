// Passwords as they are stored: "{SCHEME}…" or "{SCHEME.ENCODING}…", names in any case, encoding hex, b64 or base64.
//
// Verified are the schemes that Dovecot 2.3 and iRedMail write, so that accounts come along with their passwords:
//
//   ARGON2ID ARGON2I                                          RFC 9106
//   CRYPT MD5-CRYPT MD5 SHA256-CRYPT SHA512-CRYPT BLF-CRYPT DES-CRYPT BCRYPT    crypt(3): $1$ $2a$ $2b$ $2y$ $5$ $6$
//                                                             $7$ $y$ $gy$ $sha1$ $md5 and both of DES
//   PBKDF2                                                    SHA-1, Dovecot's form
//   SCRAM-SHA-1 SCRAM-SHA-256                                 RFC 5803's values in Dovecot's form
//   SSHA SSHA256 SSHA512 SMD5                                 digest of password and salt, then the salt
//   SHA SHA1 SHA256 SHA512 PLAIN-MD5 LDAP-MD5 PLAIN-MD4       digest of the password
//   CRAM-MD5 HMAC-MD5 DIGEST-MD5                              RFC 2195's prepared state; RFC 2831's, with the user's
//   name PLAIN CLEAR CLEARTEXT PLAIN-TRUNC                         the password itself, or its beginning
//
// A record may have several lines: the first is what a password is verified by, the others are the same password in the
// forms of mechanisms that never see it: {SCRAM-SHA-256}.
//
// Not verified: OTP, where each password is good once; NTLM and LANMAN, which Dovecot itself has given up.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/scram_keys.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace yubin::auth {

// What new passwords are stored in.
enum class Scheme {
  argon2id,      // {ARGON2ID}: 19 MiB, t=2, p=1 (RFC 9106)
  ssha256_fast,  // {SSHA256}: salted SHA-256, for load tools (--fast-auth)
};

// Whether a stored password is of that scheme; one that is not is hashed again when it is next given.
bool is_of(std::string_view stored, Scheme scheme);

// RFC 7677 section 4 asks for 4096 at least; a client computes as many for each login.
inline constexpr std::size_t kScramSalt = 16;  // bytes
inline constexpr std::uint32_t kScramIterations = 16'384;
// Of the record's line for SCRAM-SHA-256; none: it has no such line.
std::optional<ScramKeys> scram_keys_of(std::string_view stored);
// Such a line, with a new salt. Some 6 ms. Errors: internal.
Result<std::string> make_scram_line(std::string_view password, Random& random);

// Whether verify_password() could verify it. The error is a sentence for people: no scheme, an unknown one, malformed.
Result<> check_stored_password(std::string_view stored);

// Errors: temporary (no memory for argon2id).
Result<std::string> hash_password(std::string_view password, Scheme scheme, Random& random);
// Takes some 30 ms of CPU for argon2id: only on the hashing pool. Constant-time comparison.
// Errors: syntax (an unknown scheme, a malformed hash), limit (it wants over 256 MiB or some seconds: a hash that was
// brought along must not bring the server down), temporary (no memory).
Result<bool> verify_password(std::string_view password, std::string_view stored);

}  // namespace yubin::auth
