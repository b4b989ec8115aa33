#include "auth/password.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <array>
#include <optional>

#include "auth/password_scheme.h"
#include "base/base64.h"
#include "base/bytes.h"
#include "base/text.h"

namespace yubin::auth {

namespace {

constexpr std::size_t kArgon2Salt = 16;  // bytes, RFC 9106 section 3.1
constexpr std::size_t kSshaSalt = 8;
constexpr std::size_t kMaxStored = 4096;
constexpr std::string_view kScramLabel = "{SCRAM-SHA-256}";

struct Stored {
  PasswordScheme const* scheme;
  std::string hash;  // decoded
};

std::string_view name_of(Scheme scheme) {
  return scheme == Scheme::argon2id ? "ARGON2ID" : "SSHA256";
}

PasswordScheme const* find_scheme(std::string_view name) {
  for (auto schemes : {argon2_schemes(), crypt_schemes(), digest_schemes(), pbkdf2_schemes()}) {
    for (PasswordScheme const& scheme : schemes) {
      if (iequals(scheme.name, name)) return &scheme;
    }
  }
  return nullptr;
}

std::optional<HashEncoding> encoding_of(std::string_view name) {
  if (iequals(name, "hex")) return HashEncoding::hex;
  if (iequals(name, "b64") || iequals(name, "base64")) return HashEncoding::base64;
  return std::nullopt;
}

// A digest without salt may be written either way, and its length tells which: Dovecot reads it so.
HashEncoding default_encoding(PasswordScheme const& scheme, std::string_view text) {
  if (scheme.digest == 0) return scheme.encoding;
  return text.size() == 2 * scheme.digest ? HashEncoding::hex : HashEncoding::base64;
}

std::optional<std::string> bytes_of(HashEncoding encoding, std::string_view text) {
  switch (encoding) {
    case HashEncoding::none:
      return std::string(text);
    case HashEncoding::hex: {
      Result<std::string> bytes = from_hex(text);
      if (!bytes) return std::nullopt;
      return *std::move(bytes);
    }
    case HashEncoding::base64:
      return from_base64(text);
  }
  return std::nullopt;
}

// "{" name ["." encoding] "}" hash
Result<Stored> parse(std::string_view stored) {
  std::size_t const end = stored.find('}');
  if (!stored.starts_with('{') || end == std::string_view::npos)
    return fail(Errc::syntax, "a stored password begins with its scheme in braces, as in {CRYPT}$6$…");
  if (stored.size() > kMaxStored) return malformed_hash();
  std::string_view const label = stored.substr(1, end - 1);
  std::string_view const text = stored.substr(end + 1);
  std::size_t const dot = label.find('.');
  PasswordScheme const* scheme = find_scheme(label.substr(0, dot));
  if (scheme == nullptr)
    return fail(Errc::syntax, fmt::format("passwords stored in the scheme {} cannot be verified", quoted(label, 40)));
  std::optional<HashEncoding> encoding = default_encoding(*scheme, text);
  if (dot != std::string_view::npos) encoding = encoding_of(label.substr(dot + 1));
  if (!encoding) return fail(Errc::syntax, fmt::format("a hash is not encoded in {}", quoted(label, 40)));
  std::optional<std::string> hash = bytes_of(*encoding, text);
  if (!hash) return malformed_hash();
  TRY_VOID(scheme->check(*scheme, *hash));
  return Stored{scheme, *std::move(hash)};
}

}  // namespace

std::unexpected<Error> malformed_hash() {
  return fail(Errc::syntax, "the stored password is malformed");
}

std::unexpected<Error> costly_hash() {
  return fail(Errc::limit, "the stored password costs too much to verify");
}

bool has_nul(std::string_view password) {
  return password.find('\0') != std::string_view::npos;
}

bool equal_secrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

namespace {

std::string_view first_line(std::string_view stored) {
  return stored.substr(0, stored.find('\n'));
}

}  // namespace

bool is_of(std::string_view stored, Scheme scheme) {
  return istarts_with(stored, fmt::format("{{{}}}", name_of(scheme)));
}

Result<> check_stored_password(std::string_view stored) {
  for (std::string_view line : split(stored, '\n')) TRY_VOID(parse(line));
  return {};
}

std::optional<ScramKeys> scram_keys_of(std::string_view stored) {
  for (std::string_view line : split(stored, '\n')) {
    if (!istarts_with(line, kScramLabel)) continue;
    Result<ScramKeys> keys = ScramKeys::parse(line.substr(kScramLabel.size()), "SHA256");
    if (keys) return *std::move(keys);
  }
  return std::nullopt;
}

Result<std::string> make_scram_line(std::string_view password, Random& random) {
  std::array<std::byte, kScramSalt> salt;
  random.fill(salt);
  std::string_view const text(reinterpret_cast<char const*>(salt.data()), salt.size());
  TRY(ScramKeys keys, ScramKeys::make("SHA256", password, text, kScramIterations));
  return std::string(kScramLabel) + keys.text();
}

Result<std::string> hash_password(std::string_view password, Scheme scheme, Random& random) {
  std::array<std::byte, kArgon2Salt> salt;
  random.fill(salt);
  if (scheme == Scheme::argon2id) {
    TRY(std::string hash, hash_argon2id(password, salt));
    return "{ARGON2ID}" + hash;
  }
  std::string_view const short_salt(reinterpret_cast<char const*>(salt.data()), kSshaSalt);
  TRY(std::string digest, hash_salted("SHA256", password, short_salt));
  return "{SSHA256}" + to_base64(digest.append(short_salt));
}

Result<bool> verify_password(std::string_view password, std::string_view stored) {
  TRY(Stored parsed, parse(first_line(stored)));
  return parsed.scheme->verify(*parsed.scheme, password, parsed.hash);
}

}  // namespace yubin::auth
