#include "auth/scram_keys.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <limits>
#include <optional>

#include "auth/password_scheme.h"
#include "base/base64.h"
#include "base/secret.h"
#include "base/text.h"

namespace yubin::auth {

namespace {

unsigned char const* bytes(std::string_view text) {
  return reinterpret_cast<unsigned char const*>(text.data());
}

std::unexpected<Error> not_available(char const* algorithm) {
  return fail(Errc::internal, std::string(algorithm) + " is not available");
}

}  // namespace

Result<std::string> pbkdf2(char const* algorithm, std::string_view password, std::string_view salt,
                           std::uint32_t rounds) {
  EVP_MD const* md = EVP_get_digestbyname(algorithm);
  if (md == nullptr) return not_available(algorithm);
  std::string key(static_cast<std::size_t>(EVP_MD_get_size(md)), '\0');
  int const made = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes(salt),
                                     static_cast<int>(salt.size()), static_cast<int>(rounds), md,
                                     static_cast<int>(key.size()), reinterpret_cast<unsigned char*>(key.data()));
  if (made != 1) return not_available(algorithm);
  return key;
}

Result<std::string> hmac(char const* algorithm, std::string_view key, std::string_view text) {
  EVP_MD const* md = EVP_get_digestbyname(algorithm);
  if (md == nullptr) return not_available(algorithm);
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  if (HMAC(md, key.data(), static_cast<int>(key.size()), bytes(text), text.size(),
           reinterpret_cast<unsigned char*>(mac.data()), &length) == nullptr)
    return not_available(algorithm);
  mac.resize(length);
  return mac;
}

Result<std::string> digest(char const* algorithm, std::string_view text) {
  return hash_salted(algorithm, text, "");
}

// RFC 5802 section 3
Result<ScramKeys> ScramKeys::make(char const* algorithm, std::string_view password, std::string_view salt,
                                  std::uint32_t iterations) {
  TRY(std::string salted_password, pbkdf2(algorithm, password, salt, iterations));
  Secret const salted(std::move(salted_password));
  TRY(std::string client_key, hmac(algorithm, salted.view(), "Client Key"));
  Secret const client(std::move(client_key));
  ScramKeys keys{iterations, std::string(salt), {}, {}};
  TRY(keys.stored_key, digest(algorithm, client.view()));
  TRY(keys.server_key, hmac(algorithm, salted.view(), "Server Key"));
  return keys;
}

Result<ScramKeys> ScramKeys::parse(std::string_view text, char const* algorithm) {
  auto const parts = split(text, ',');
  if (parts.size() != 4) return malformed_hash();
  auto const iterations = parse_number(parts[0]);
  std::optional<std::string> salt = from_base64(parts[1]);
  std::optional<std::string> stored_key = from_base64(parts[2]);
  std::optional<std::string> server_key = from_base64(parts[3]);
  EVP_MD const* md = EVP_get_digestbyname(algorithm);
  std::size_t const size = md == nullptr ? 0 : static_cast<std::size_t>(EVP_MD_get_size(md));
  if (!iterations || *iterations == 0 || *iterations > std::numeric_limits<std::int32_t>::max() || !salt ||
      salt->empty() || !stored_key || stored_key->size() != size || !server_key || server_key->size() != size)
    return malformed_hash();
  return ScramKeys{static_cast<std::uint32_t>(*iterations), *std::move(salt), *std::move(stored_key),
                   *std::move(server_key)};
}

std::string ScramKeys::text() const {
  return fmt::format("{},{},{},{}", iterations, to_base64(salt), to_base64(stored_key), to_base64(server_key));
}

}  // namespace yubin::auth
