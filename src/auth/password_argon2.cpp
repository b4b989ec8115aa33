// ARGON2ID and ARGON2I (RFC 9106), in the form of the reference implementation: $argon2id$v=19$m=19456,t=2,p=1$salt$tag
#include <argon2.h>

#include <optional>

#include "auth/password_scheme.h"
#include "base/text.h"

namespace yubin::auth {

namespace {

// RFC 9106 section 4 lets the memory be chosen for the machine: 19 MiB with two passes is what many logins at once
// leave room for.
constexpr std::uint32_t kMemory = 19 * 1024;  // KiB
constexpr std::uint32_t kPasses = 2;
constexpr std::uint32_t kLanes = 1;
constexpr std::size_t kTag = 32;

constexpr std::uint32_t kMaxMemory = 256 * 1024;  // KiB
constexpr std::uint32_t kMaxPasses = 16;
constexpr std::uint32_t kMaxLanes = 16;

std::unexpected<Error> argon2_error(int code) {
  Errc const kind = code == ARGON2_MEMORY_ALLOCATION_ERROR ? Errc::temporary : Errc::syntax;
  return fail(kind, std::string("argon2: ") + argon2_error_message(code));
}

// The number after "m=", "t=" or "p=".
std::optional<std::uint64_t> parameter(std::string_view text, std::string_view name) {
  if (!text.starts_with(name)) return std::nullopt;
  return parse_number(text.substr(name.size()));
}

Result<> check(PasswordScheme const& scheme, std::string_view hash) {
  auto const parts = split(hash, '$');
  if (parts.size() != 6 || parts[1] != scheme.algorithm) return malformed_hash();
  auto const costs = split(parts[3], ',');
  if (costs.size() != 3) return malformed_hash();
  auto const memory = parameter(costs[0], "m=");
  auto const passes = parameter(costs[1], "t=");
  auto const lanes = parameter(costs[2], "p=");
  if (!memory || !passes || !lanes) return malformed_hash();
  if (*memory > kMaxMemory || *passes > kMaxPasses || *lanes > kMaxLanes) return costly_hash();
  return {};
}

Result<bool> verify(PasswordScheme const& scheme, std::string_view password, std::string_view hash) {
  argon2_type const type = scheme.name == "ARGON2ID" ? Argon2_id : Argon2_i;
  int const code = argon2_verify(std::string(hash).c_str(), password.data(), password.size(), type);
  if (code == ARGON2_OK) return true;
  if (code == ARGON2_VERIFY_MISMATCH) return false;
  return argon2_error(code);
}

constexpr PasswordScheme kSchemes[] = {
    {"ARGON2ID", HashEncoding::none, 0, "argon2id", check, verify},
    {"ARGON2I", HashEncoding::none, 0, "argon2i", check, verify},
};

}  // namespace

std::span<PasswordScheme const> argon2_schemes() {
  return kSchemes;
}

Result<std::string> hash_argon2id(std::string_view password, std::span<std::byte const> salt) {
  std::string encoded(
      argon2_encodedlen(kPasses, kMemory, kLanes, static_cast<std::uint32_t>(salt.size()), kTag, Argon2_id), '\0');
  int const code = argon2id_hash_encoded(kPasses, kMemory, kLanes, password.data(), password.size(), salt.data(),
                                         salt.size(), kTag, encoded.data(), encoded.size());
  if (code != ARGON2_OK) return argon2_error(code);
  encoded.resize(encoded.find('\0'));
  return encoded;
}

}  // namespace yubin::auth
