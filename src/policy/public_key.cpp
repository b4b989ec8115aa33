#include "policy/public_key.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace yubin::policy {

namespace {

// An exponent as long as the modulus makes verifying as slow as signing.
constexpr int kMaxExponentBits = 64;

unsigned char const* bytes_of(std::string_view text) {
  return reinterpret_cast<unsigned char const*>(text.data());
}

int exponent_bits(EVP_PKEY const* key) {
  BIGNUM* exponent = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1) return kMaxExponentBits + 1;
  int const bits = BN_num_bits(exponent);
  BN_free(exponent);
  return bits;
}

EVP_PKEY* parse_rsa(std::string_view bytes) {
  unsigned char const* at = bytes_of(bytes);
  auto const length = static_cast<long>(bytes.size());
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &at, length);
  if (key == nullptr) {
    at = bytes_of(bytes);
    key = d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, length);
  }
  return key;
}

}  // namespace

struct PublicKey::State {
  EVP_PKEY* key;
  explicit State(EVP_PKEY* owned) : key(owned) {}
  State(State const&) = delete;
  State& operator=(State const&) = delete;
  ~State() { EVP_PKEY_free(key); }
};

PublicKey::PublicKey(KeyType type, std::unique_ptr<State> state)
    : type_(type), bits_(EVP_PKEY_get_bits(state->key)), state_(std::move(state)) {}
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;
PublicKey::~PublicKey() = default;

Result<PublicKey> PublicKey::parse(KeyType type, std::string_view bytes) {
  EVP_PKEY* const key = type == KeyType::rsa
                            ? parse_rsa(bytes)
                            : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size());
  if (key == nullptr) {
    ERR_clear_error();
    return fail(Errc::syntax, type == KeyType::rsa ? "it is no RSA key" : "it is no Ed25519 key");
  }
  PublicKey out(type, std::make_unique<State>(key));
  if (type == KeyType::ed25519) return out;
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return fail(Errc::syntax, "it is no RSA key");
  if (out.bits_ < kMinRsaBits) return fail(Errc::denied, fmt::format("a key of {} bits protects nothing", out.bits_));
  if (out.bits_ > kMaxRsaBits) return fail(Errc::denied, fmt::format("a key of {} bits is too large", out.bits_));
  if (exponent_bits(key) > kMaxExponentBits) return fail(Errc::denied, "the key's exponent is too large");
  return out;
}

bool PublicKey::verify(Hash hash, std::string_view hash_value, std::string_view signature) const {
  bool good = false;
  if (type_ == KeyType::ed25519) {
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    good =
        EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, state_->key) == 1 &&
        EVP_DigestVerify(context, bytes_of(signature), signature.size(), bytes_of(hash_value), hash_value.size()) == 1;
    EVP_MD_CTX_free(context);
  } else {
    EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(state_->key, nullptr);
    good =
        EVP_PKEY_verify_init(context) == 1 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_CTX_set_signature_md(context, hash == Hash::sha1 ? EVP_sha1() : EVP_sha256()) == 1 &&
        EVP_PKEY_verify(context, bytes_of(signature), signature.size(), bytes_of(hash_value), hash_value.size()) == 1;
    EVP_PKEY_CTX_free(context);
  }
  ERR_clear_error();
  return good;
}

}  // namespace yubin::policy
