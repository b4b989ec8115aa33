// Digests with and without salt, CRAM-MD5's prepared state, and passwords that were not hashed at all.
#define OPENSSL_SUPPRESS_DEPRECATED  // the state inside MD5 can be had from nothing else
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/md4.h>
#include <openssl/md5.h>

#include <array>
#include <optional>

#include "auth/password_scheme.h"
#include "base/secret.h"
#include "base/text.h"

namespace yubin::auth {

namespace {

constexpr std::size_t kMd5Block = 64;
constexpr std::size_t kMd5State = 16;

std::size_t digest_size(char const* algorithm) {
  EVP_MD const* md = EVP_get_digestbyname(algorithm);
  return md == nullptr ? 0 : static_cast<std::size_t>(EVP_MD_get_size(md));
}

Result<> check_digest(PasswordScheme const& scheme, std::string_view hash) {
  if (hash.size() != scheme.digest) return malformed_hash();
  return {};
}

Result<> check_salted(PasswordScheme const& scheme, std::string_view hash) {
  if (hash.size() <= digest_size(scheme.algorithm)) return malformed_hash();
  return {};
}

Result<> check_plain(PasswordScheme const&, std::string_view hash) {
  if (hash.empty()) return malformed_hash();
  return {};
}

// The digest, then what is left of the hash: the salt.
Result<bool> verify_digest(PasswordScheme const& scheme, std::string_view password, std::string_view hash) {
  std::size_t const size = digest_size(scheme.algorithm);
  TRY(std::string made, hash_salted(scheme.algorithm, password, hash.substr(size)));
  return equal_secrets(made, hash.substr(0, size));
}

Result<bool> verify_plain(PasswordScheme const&, std::string_view password, std::string_view hash) {
  return equal_secrets(password, hash);
}

// OpenSSL has MD4 no more where it has all others.
Result<bool> verify_md4(PasswordScheme const&, std::string_view password, std::string_view hash) {
  std::array<unsigned char, MD4_DIGEST_LENGTH> made;
  if (MD4(reinterpret_cast<unsigned char const*>(password.data()), password.size(), made.data()) == nullptr)
    return fail(Errc::internal, "MD4 is not available");
  return equal_secrets({reinterpret_cast<char const*>(made.data()), made.size()}, hash);
}

// A length, "-", and as much of the password: who stored it so had room for no more. Nothing: it is no such thing.
struct Truncated {
  std::uint64_t length;
  std::string_view text;
};
std::optional<Truncated> truncated(std::string_view hash) {
  std::size_t const dash = hash.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  std::optional<std::uint64_t> const length = parse_number(hash.substr(0, dash));
  if (!length || *length == 0 || hash.size() == dash + 1) return std::nullopt;
  return Truncated{*length, hash.substr(dash + 1)};
}

Result<> check_truncated(PasswordScheme const&, std::string_view hash) {
  if (!truncated(hash)) return malformed_hash();
  return {};
}

Result<bool> verify_truncated(PasswordScheme const&, std::string_view password, std::string_view hash) {
  Truncated const kept = *truncated(hash);
  bool const is_cut = kept.text.size() == kept.length;
  return equal_secrets(is_cut ? password.substr(0, kept.length) : password, kept.text);
}

void put_state(std::string& out, MD5_CTX const& state) {
  for (MD5_LONG word : {state.A, state.B, state.C, state.D}) {
    for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>((word >> shift) & 0xffU);
  }
}

// RFC 2195 section 2 keys HMAC-MD5 with the password; what is stored is MD5's state after the key's block, for the
// outer digest and then for the inner one.
Result<bool> verify_cram_md5(PasswordScheme const&, std::string_view password, std::string_view hash) {
  if (has_nul(password)) return false;
  std::string key(password);
  if (key.size() > kMd5Block) {
    TRY(key, hash_salted("MD5", password, ""));
  }
  key.resize(kMd5Block, '\0');
  std::string states;
  for (char pad : {'\x5c', '\x36'}) {
    Secret const block([&] {
      std::string padded = key;
      for (char& c : padded) c = static_cast<char>(c ^ pad);
      return padded;
    }());
    MD5_CTX state;
    if (MD5_Init(&state) != 1 || MD5_Update(&state, block.view().data(), block.view().size()) != 1)
      return fail(Errc::internal, "MD5 is not available");
    put_state(states, state);
  }
  wipe(key);
  return equal_secrets(states, hash);
}

constexpr std::size_t kMd5 = 16;
constexpr std::size_t kSha1 = 20;
constexpr std::size_t kSha256 = 32;
constexpr std::size_t kSha512 = 64;
using enum HashEncoding;

constexpr PasswordScheme kSchemes[] = {
    {"SSHA512", base64, 0, "SHA512", check_salted, verify_digest},
    {"SSHA256", base64, 0, "SHA256", check_salted, verify_digest},
    {"SSHA", base64, 0, "SHA1", check_salted, verify_digest},
    {"SMD5", base64, 0, "MD5", check_salted, verify_digest},
    {"SHA512", base64, kSha512, "SHA512", check_digest, verify_digest},
    {"SHA256", base64, kSha256, "SHA256", check_digest, verify_digest},
    {"SHA", base64, kSha1, "SHA1", check_digest, verify_digest},
    {"SHA1", base64, kSha1, "SHA1", check_digest, verify_digest},
    {"LDAP-MD5", base64, kMd5, "MD5", check_digest, verify_digest},
    {"PLAIN-MD5", hex, kMd5, "MD5", check_digest, verify_digest},
    {"PLAIN-MD4", hex, MD4_DIGEST_LENGTH, "", check_digest, verify_md4},
    {"DIGEST-MD5", hex, kMd5, "MD5", check_digest, verify_digest},  // of what password_of_user.h makes
    {"CRAM-MD5", hex, 2 * kMd5State, "MD5", check_digest, verify_cram_md5},
    {"HMAC-MD5", hex, 2 * kMd5State, "MD5", check_digest, verify_cram_md5},
    {"PLAIN-TRUNC", none, 0, "", check_truncated, verify_truncated},
    {"PLAIN", none, 0, "", check_plain, verify_plain},
    {"CLEAR", none, 0, "", check_plain, verify_plain},
    {"CLEARTEXT", none, 0, "", check_plain, verify_plain},
};

}  // namespace

std::span<PasswordScheme const> digest_schemes() {
  return kSchemes;
}

Result<std::string> hash_salted(char const* algorithm, std::string_view password, std::string_view salt) {
  Secret const text([&] {
    std::string joined;
    joined.reserve(password.size() + salt.size());
    return joined.append(password).append(salt);
  }());
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  std::size_t length = 0;
  if (EVP_Q_digest(nullptr, algorithm, nullptr, text.view().data(), text.view().size(),
                   reinterpret_cast<unsigned char*>(digest.data()), &length) != 1)
    return fail(Errc::internal, std::string(algorithm) + " is not available");
  digest.resize(length);
  return digest;
}

}  // namespace yubin::auth
