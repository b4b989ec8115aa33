// The schemes of crypt(3), by libxcrypt.
#include <crypt.h>
#include <openssl/crypto.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>

#include "auth/password_scheme.h"
#include "base/text.h"

namespace yubin::auth {

namespace {

constexpr std::uint64_t kMaxShaRounds = 1'000'000;  // half a second of CPU
constexpr std::uint64_t kMaxSha1Rounds = 1'000'000;
constexpr std::uint64_t kMaxSunRounds = 100'000;
constexpr std::uint64_t kMaxBcryptCost = 14;  // over a second
// Letters of crypt(3)'s own base64, in which 'D' means 15: N = 2^16, with r = 32 that is 256 MiB.
constexpr char kMaxYescryptN = 'D';
constexpr char kMaxScryptN = 'E';
constexpr std::string_view kScryptR = "U..../....";  // r = 32, p = 1, as crypt_gensalt writes it

bool holds(std::string_view hash, std::uint64_t most, std::optional<std::uint64_t> rounds) {
  return !hash.empty() && rounds && *rounds <= most;
}

// "rounds=1000$..."; without that the default, which is cheap.
bool rounds_bearable(std::string_view settings, std::uint64_t most) {
  if (!settings.starts_with("rounds=")) return true;
  settings.remove_prefix(7);
  return holds(settings, most, parse_number(settings.substr(0, settings.find('$'))));
}

// "05$..."
bool bcrypt_bearable(std::string_view settings) {
  return holds(settings, kMaxBcryptCost, parse_number(settings.substr(0, settings.find('$'))));
}

// "j9T$...": flavour, N, r
bool yescrypt_bearable(std::string_view settings) {
  if (settings.size() < 4 || settings[0] != 'j' || settings[3] != '$') return false;
  char const n = settings[1];
  return (is_digit(n) || (n >= 'A' && n <= kMaxYescryptN)) && settings[2] <= 'T';
}

// "CU..../....salt": N, r, p
bool scrypt_bearable(std::string_view settings) {
  if (settings.size() < 11) return false;
  char const n = settings[0];
  return (is_digit(n) || (n >= 'A' && n <= kMaxScryptN)) && settings.substr(1).starts_with(kScryptR);
}

// "100$..."
bool sha1_bearable(std::string_view settings) {
  return holds(settings, kMaxSha1Rounds, parse_number(settings.substr(0, settings.find('$'))));
}

// "$..." or ",rounds=100$..."
bool sun_bearable(std::string_view settings) {
  if (settings.starts_with('$')) return true;
  return settings.starts_with(',') && rounds_bearable(settings.substr(1), kMaxSunRounds);
}

struct Method {
  std::string_view prefix;
  bool (*bearable)(std::string_view settings);  // what stands behind the prefix
};

bool always(std::string_view) {
  return true;
}
bool sha_bearable(std::string_view settings) {
  return rounds_bearable(settings, kMaxShaRounds);
}

constexpr Method kMethods[] = {
    {"$1$", always},           {"$2a$", bcrypt_bearable},  {"$2b$", bcrypt_bearable},
    {"$2y$", bcrypt_bearable}, {"$5$", sha_bearable},      {"$6$", sha_bearable},
    {"$7$", scrypt_bearable},  {"$y$", yescrypt_bearable}, {"$gy$", yescrypt_bearable},
    {"$sha1$", sha1_bearable}, {"$md5", sun_bearable},
};

bool is_crypt_letter(char c) {
  return is_digit(c) || is_alpha(c) || c == '.' || c == '/';
}

// 13 letters, or "_" and 19 of them (BSDi), of which four are the number of rounds: at most 2^24, some seconds.
Result<> check_des(std::string_view hash) {
  bool const extended = hash.starts_with('_');
  if (extended) hash.remove_prefix(1);
  if (hash.size() != (extended ? 19U : 13U)) return malformed_hash();
  for (char c : hash) {
    if (!is_crypt_letter(c)) return malformed_hash();
  }
  // The last of the four letters counts most: '.', '/' and '0' are below 3 * 2^18 rounds.
  if (extended && hash[3] != '.' && hash[3] != '/' && hash[3] != '0') return costly_hash();
  return {};
}

Result<> check(PasswordScheme const& scheme, std::string_view hash) {
  if (!hash.starts_with(scheme.algorithm)) return malformed_hash();
  if (!hash.starts_with('$')) return check_des(hash);
  for (Method const& method : kMethods) {
    if (!hash.starts_with(method.prefix)) continue;
    if (!method.bearable(hash.substr(method.prefix.size()))) return costly_hash();
    return {};
  }
  return fail(Errc::syntax, "the stored password is of a method that crypt(3) here does not know");
}

Result<> check_des_only(PasswordScheme const&, std::string_view hash) {
  return check_des(hash);
}

// 32 KiB, wiped.
struct Workspace {
  crypt_data data{};
  ~Workspace() { OPENSSL_cleanse(&data, sizeof(data)); }
};

Result<bool> verify(PasswordScheme const&, std::string_view password, std::string_view hash) {
  if (has_nul(password)) return false;
  auto const workspace = std::make_unique<Workspace>();
  std::string secret(password);
  char const* made = ::crypt_r(secret.c_str(), std::string(hash).c_str(), &workspace->data);
  OPENSSL_cleanse(secret.data(), secret.size());
  if (made == nullptr && errno == ENOMEM) return fail(Errc::temporary, "no memory for crypt(3)");
  if (made == nullptr || *made == '*') return malformed_hash();
  return equal_secrets(made, hash);
}

constexpr PasswordScheme kSchemes[] = {
    {"CRYPT", HashEncoding::none, 0, "", check, verify},
    {"MD5-CRYPT", HashEncoding::none, 0, "$1$", check, verify},
    {"MD5", HashEncoding::none, 0, "$1$", check, verify},  // Dovecot's name for MD5-CRYPT
    {"SHA256-CRYPT", HashEncoding::none, 0, "$5$", check, verify},
    {"SHA512-CRYPT", HashEncoding::none, 0, "$6$", check, verify},
    {"BLF-CRYPT", HashEncoding::none, 0, "$2", check, verify},
    {"BCRYPT", HashEncoding::none, 0, "$2", check, verify},  // iRedMail's name for it
    {"DES-CRYPT", HashEncoding::none, 0, "", check_des_only, verify},
};

}  // namespace

std::span<PasswordScheme const> crypt_schemes() {
  return kSchemes;
}

}  // namespace yubin::auth
