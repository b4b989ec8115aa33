#include "auth/json_web_key.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "auth/json_text.h"
#include "auth/json_web_signature.h"
#include "base/freed.h"

namespace yubin::auth {

namespace {

using Key = std::shared_ptr<evp_pkey_st>;

using Bignum = std::unique_ptr<BIGNUM, Freed<&BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<&OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<&OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<&EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freed<&ECDSA_SIG_free>>;

constexpr std::size_t kMinModulus = 2048 / 8;
constexpr std::size_t kMaxModulus = 8192 / 8;
constexpr std::size_t kMaxExponent = 8;
constexpr std::size_t kP256 = 32;  // bytes of a coordinate, and of half a signature
constexpr std::size_t kEd25519 = 32;

unsigned char const* bytes(std::string_view text) {
  return reinterpret_cast<unsigned char const*>(text.data());
}

Bignum number(std::string_view big_endian) {
  return Bignum(BN_bin2bn(bytes(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

Key key_from(char const* type, OSSL_PARAM* parameters) {
  KeyContext const context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
    ERR_clear_error();
  return {key, Freed<&EVP_PKEY_free>()};
}

std::string member(boost::json::object const& fields, std::string_view name) {
  return from_base64url(json_text(fields, name)).value_or("");
}

// RFC 7518 section 6.3.1
Key rsa_key(boost::json::object const& fields) {
  std::string const modulus = member(fields, "n");
  std::string const exponent = member(fields, "e");
  if (modulus.size() < kMinModulus || modulus.size() > kMaxModulus || exponent.empty() ||
      exponent.size() > kMaxExponent)
    return nullptr;
  Builder const builder(OSSL_PARAM_BLD_new());
  Bignum const n = number(modulus);
  Bignum const e = number(exponent);
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  Parameters const parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  return key_from("RSA", parameters.get());
}

// RFC 7518 section 6.2.1
Key p256_key(boost::json::object const& fields) {
  std::string const x = member(fields, "x");
  std::string const y = member(fields, "y");
  if (json_text(fields, "crv") != "P-256" || x.size() != kP256 || y.size() != kP256) return nullptr;
  std::string point = "\x04" + x + y;  // uncompressed
  std::string group = "prime256v1";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end(),
  };
  return key_from("EC", parameters);
}

// RFC 8037 section 2
Key ed25519_key(boost::json::object const& fields) {
  std::string const x = member(fields, "x");
  if (json_text(fields, "crv") != "Ed25519" || x.size() != kEd25519) return nullptr;
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(x), x.size()), Freed<&EVP_PKEY_free>()};
}

struct Row {
  std::string_view type;  // RFC 7517 section 4.1
  std::string_view algorithm;
  Key (*make)(boost::json::object const& fields);
};
constexpr Row kRows[] = {
    {"RSA", "RS256", &rsa_key},
    {"EC", "ES256", &p256_key},
    {"OKP", "EdDSA", &ed25519_key},
};

// RFC 7518 section 3.4: two numbers side by side; OpenSSL wants them in DER. Empty: it is none.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * kP256) return {};
  EcdsaSignature const made(ECDSA_SIG_new());
  Bignum r = number(signature.substr(0, kP256));
  Bignum s = number(signature.substr(kP256));
  if (!made || !r || !s || ECDSA_SIG_set0(made.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();  // they are its own now
  (void)s.release();
  unsigned char* out = nullptr;
  int const length = i2d_ECDSA_SIG(made.get(), &out);
  if (length <= 0) return {};
  std::string der(reinterpret_cast<char*>(out), static_cast<std::size_t>(length));
  OPENSSL_free(out);
  return der;
}

}  // namespace

std::optional<JsonWebKey> json_web_key(boost::json::object const& fields) {
  // RFC 7517 sections 4.2 and 4.4
  if (fields.contains("use") && json_text(fields, "use") != "sig") return std::nullopt;
  std::string const type = json_text(fields, "kty");
  for (Row const& row : kRows) {
    if (type != row.type) continue;
    if (fields.contains("alg") && json_text(fields, "alg") != row.algorithm) return std::nullopt;
    if (Key key = row.make(fields)) return JsonWebKey{row.algorithm, std::move(key)};
  }
  return std::nullopt;
}

bool is_signed_by(JsonWebKey const& key, std::string_view text, std::string_view signature) {
  // Ed25519 hashes by itself.
  EVP_MD const* const digest = key.algorithm == "EdDSA" ? nullptr : EVP_sha256();
  std::string const form = key.algorithm == "ES256" ? der_of(signature) : std::string(signature);
  DigestContext const context(EVP_MD_CTX_new());
  bool const good = context && !form.empty() &&
                    EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.key.get()) == 1 &&
                    EVP_DigestVerify(context.get(), bytes(form), form.size(), bytes(text), text.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace yubin::auth
