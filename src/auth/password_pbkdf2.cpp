// PBKDF2 (RFC 8018 section 5.2) as Dovecot writes it, and the keys of SCRAM (RFC 5802 section 3).
#include "auth/password_scheme.h"
#include "auth/scram_keys.h"
#include "base/bytes.h"
#include "base/text.h"

namespace yubin::auth {

namespace {

constexpr std::uint64_t kMaxRounds = 1'000'000;  // half a second
constexpr std::size_t kSha1 = 20;

struct Pbkdf2 {
  std::string salt;
  std::uint32_t rounds;
  std::string key;
};

// $1$salt$rounds$key: the salt as it stands, the key in hex
Result<Pbkdf2> parse_pbkdf2(std::string_view hash) {
  auto const parts = split(hash, '$');
  if (parts.size() != 5 || !parts[0].empty() || parts[1] != "1") return malformed_hash();
  auto const rounds = parse_number(parts[3]);
  Result<std::string> key = from_hex(parts[4]);
  if (!rounds || *rounds == 0 || !key || key->size() != kSha1) return malformed_hash();
  if (*rounds > kMaxRounds) return costly_hash();
  return Pbkdf2{std::string(parts[2]), static_cast<std::uint32_t>(*rounds), *std::move(key)};
}

Result<> check_pbkdf2(PasswordScheme const&, std::string_view hash) {
  TRY_VOID(parse_pbkdf2(hash));
  return {};
}

Result<bool> verify_pbkdf2(PasswordScheme const& scheme, std::string_view password, std::string_view hash) {
  if (has_nul(password)) return false;
  TRY(Pbkdf2 stored, parse_pbkdf2(hash));
  TRY(std::string made, pbkdf2(scheme.algorithm, password, stored.salt, stored.rounds));
  return equal_secrets(made, stored.key);
}

Result<> check_scram(PasswordScheme const& scheme, std::string_view hash) {
  TRY(ScramKeys keys, ScramKeys::parse(hash, scheme.algorithm));
  if (keys.iterations > kMaxRounds) return costly_hash();
  return {};
}

Result<bool> verify_scram(PasswordScheme const& scheme, std::string_view password, std::string_view hash) {
  if (has_nul(password)) return false;
  TRY(ScramKeys stored, ScramKeys::parse(hash, scheme.algorithm));
  TRY(ScramKeys made, ScramKeys::make(scheme.algorithm, password, stored.salt, stored.iterations));
  return equal_secrets(made.stored_key, stored.stored_key);
}

constexpr PasswordScheme kSchemes[] = {
    {"PBKDF2", HashEncoding::none, 0, "SHA1", check_pbkdf2, verify_pbkdf2},
    {"SCRAM-SHA-256", HashEncoding::none, 0, "SHA256", check_scram, verify_scram},
    {"SCRAM-SHA-1", HashEncoding::none, 0, "SHA1", check_scram, verify_scram},
};

}  // namespace

std::span<PasswordScheme const> pbkdf2_schemes() {
  return kSchemes;
}

}  // namespace yubin::auth
