#include "auth/password.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <optional>
#include <span>

#include "base/text.h"

namespace yubin::auth {

namespace {

constexpr std::string_view kArgon2id = "{ARGON2ID}";
constexpr std::string_view kSsha256 = "{SSHA256}";

// RFC 9106 section 4 lets the memory be chosen for the machine: 19 MiB with two passes is what many logins at once
// leave room for.
constexpr std::uint32_t kMemory = 19 * 1024;  // KiB
constexpr std::uint32_t kPasses = 2;
constexpr std::uint32_t kLanes = 1;
constexpr std::size_t kArgon2Salt = 16;  // bytes, RFC 9106 section 3.1
constexpr std::size_t kArgon2Tag = 32;

constexpr std::uint32_t kMaxMemory = 256 * 1024;  // KiB
constexpr std::uint32_t kMaxPasses = 16;
constexpr std::uint32_t kMaxLanes = 16;

constexpr std::size_t kSha256 = 32;
constexpr std::size_t kSshaSalt = 8;

std::unexpected<Error> malformed() {
  return fail(Errc::syntax, "malformed stored password");
}

std::unexpected<Error> argon2_error(int code) {
  Errc kind = code == ARGON2_MEMORY_ALLOCATION_ERROR ? Errc::temporary : Errc::syntax;
  return fail(kind, std::string("argon2: ") + argon2_error_message(code));
}

// The number after "m=", "t=" or "p=".
std::optional<std::uint64_t> parameter(std::string_view text, std::string_view name) {
  if (!text.starts_with(name)) return std::nullopt;
  return parse_number(text.substr(name.size()));
}

// $argon2id$v=19$m=19456,t=2,p=1$salt$tag
Result<> check_argon2id_cost(std::string_view encoded) {
  auto parts = split(encoded, '$');
  if (parts.size() != 6) return malformed();
  auto costs = split(parts[3], ',');
  if (costs.size() != 3) return malformed();
  auto memory = parameter(costs[0], "m=");
  auto passes = parameter(costs[1], "t=");
  auto lanes = parameter(costs[2], "p=");
  if (!memory || !passes || !lanes) return malformed();
  if (*memory > kMaxMemory || *passes > kMaxPasses || *lanes > kMaxLanes)
    return fail(Errc::limit, "the stored password costs too much to verify");
  return {};
}

Result<std::string> hash_argon2id(std::string_view password, Random& random) {
  std::array<std::byte, kArgon2Salt> salt;
  random.fill(salt);
  std::string encoded(argon2_encodedlen(kPasses, kMemory, kLanes, salt.size(), kArgon2Tag, Argon2_id), '\0');
  int code = argon2id_hash_encoded(kPasses, kMemory, kLanes, password.data(), password.size(), salt.data(), salt.size(),
                                   kArgon2Tag, encoded.data(), encoded.size());
  if (code != ARGON2_OK) return argon2_error(code);
  encoded.resize(encoded.find('\0'));
  return std::string(kArgon2id) + encoded;
}

Result<bool> verify_argon2id(std::string_view password, std::string const& encoded) {
  TRY_VOID(check_argon2id_cost(encoded));
  int code = argon2id_verify(encoded.c_str(), password.data(), password.size());
  if (code == ARGON2_OK) return true;
  if (code == ARGON2_VERIFY_MISMATCH) return false;
  return argon2_error(code);
}

using Sha256 = std::array<unsigned char, kSha256>;

Result<Sha256> sha256(std::string_view password, std::string_view salt) {
  Secret text([&] {
    std::string joined;
    joined.reserve(password.size() + salt.size());
    return joined.append(password).append(salt);
  }());
  Sha256 digest;
  std::size_t length = digest.size();
  if (EVP_Q_digest(nullptr, "SHA256", nullptr, text.view().data(), text.view().size(), digest.data(), &length) != 1)
    return fail(Errc::internal, "SHA-256 is not available");
  return digest;
}

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends it with a zero
  int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                               reinterpret_cast<unsigned char const*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 4096) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                               reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(static_cast<std::size_t>(length) - padding);  // EVP_DecodeBlock counts the padding as zeros
  return out;
}

std::string_view view(std::span<unsigned char const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

Result<std::string> hash_ssha256(std::string_view password, Random& random) {
  std::array<std::byte, kSshaSalt> bytes;
  random.fill(bytes);
  std::string salt(reinterpret_cast<char const*>(bytes.data()), bytes.size());
  TRY(Sha256 digest, sha256(password, salt));
  return std::string(kSsha256) + base64(std::string(view(digest)) + salt);
}

Result<bool> verify_ssha256(std::string_view password, std::string_view encoded) {
  auto stored = from_base64(encoded);
  if (!stored || stored->size() <= kSha256) return malformed();
  TRY(Sha256 digest, sha256(password, std::string_view(*stored).substr(kSha256)));
  return CRYPTO_memcmp(digest.data(), stored->data(), digest.size()) == 0;
}

// Also what was there before it was moved from: a short text is copied then, and stays.

}  // namespace

Result<Scheme> scheme_of(std::string_view stored) {
  if (istarts_with(stored, kArgon2id)) return Scheme::argon2id;
  if (istarts_with(stored, kSsha256)) return Scheme::ssha256_fast;
  return fail(Errc::syntax, "stored password of an unknown scheme");
}

Result<std::string> hash_password(std::string_view password, Scheme scheme, Random& random) {
  switch (scheme) {
    case Scheme::argon2id:
      return hash_argon2id(password, random);
    case Scheme::ssha256_fast:
      return hash_ssha256(password, random);
  }
  return fail(Errc::internal, "no such scheme");
}

Result<bool> verify_password(std::string_view password, std::string_view stored) {
  TRY(Scheme scheme, scheme_of(stored));
  switch (scheme) {
    case Scheme::argon2id:
      return verify_argon2id(password, std::string(stored.substr(kArgon2id.size())));
    case Scheme::ssha256_fast:
      return verify_ssha256(password, stored.substr(kSsha256.size()));
  }
  return fail(Errc::internal, "no such scheme");
}

}  // namespace yubin::auth
