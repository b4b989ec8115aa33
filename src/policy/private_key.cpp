#include "policy/private_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace yubin::policy {

namespace {

unsigned char const* bytes_of(std::string_view text) {
  return reinterpret_cast<unsigned char const*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::unexpected<Error> cannot(std::string_view what) {
  ERR_clear_error();
  return fail(Errc::internal, "OpenSSL cannot " + std::string(what));
}

Result<std::string> sign_rsa(EVP_PKEY* key, std::string_view hash_value) {
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(key, nullptr);
  std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
  std::size_t length = out.size();
  bool const good = EVP_PKEY_sign_init(context) == 1 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                    EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
                    EVP_PKEY_sign(context, bytes_of(out), &length, bytes_of(hash_value), hash_value.size()) == 1;
  EVP_PKEY_CTX_free(context);
  if (!good) return cannot("sign");
  out.resize(length);
  return out;
}

Result<std::string> sign_ed25519(EVP_PKEY* key, std::string_view hash_value) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  std::string out(64, '\0');
  std::size_t length = out.size();
  bool const good = EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key) == 1 &&
                    EVP_DigestSign(context, bytes_of(out), &length, bytes_of(hash_value), hash_value.size()) == 1;
  EVP_MD_CTX_free(context);
  if (!good) return cannot("sign");
  out.resize(length);
  return out;
}

}  // namespace

struct PrivateKey::State {
  EVP_PKEY* key;
  explicit State(EVP_PKEY* owned) : key(owned) {}
  State(State const&) = delete;
  State& operator=(State const&) = delete;
  ~State() { EVP_PKEY_free(key); }
};

PrivateKey::PrivateKey(KeyType type, std::unique_ptr<State> state) : type_(type), state_(std::move(state)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::make(KeyType type) {
  EVP_PKEY* const key = type == KeyType::rsa ? EVP_RSA_gen(kRsaBits) : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (key == nullptr) return cannot("make a key");
  return PrivateKey(type, std::make_unique<State>(key));
}

Result<PrivateKey> PrivateKey::parse(KeyType type, std::string_view der) {
  int const id = type == KeyType::rsa ? EVP_PKEY_RSA : EVP_PKEY_ED25519;
  unsigned char const* at = bytes_of(der);
  EVP_PKEY* const key = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size()));
  if (key == nullptr) ERR_clear_error();
  if (key == nullptr) return fail(Errc::corrupt, "it is no private key");
  PrivateKey out(type, std::make_unique<State>(key));
  if (EVP_PKEY_get_base_id(key) != id) return fail(Errc::corrupt, "the private key is of another kind");
  return out;
}

Secret PrivateKey::der() const {
  PKCS8_PRIV_KEY_INFO* const info = EVP_PKEY2PKCS8(state_->key);
  unsigned char* bytes = nullptr;
  int const length = i2d_PKCS8_PRIV_KEY_INFO(info, &bytes);
  PKCS8_PRIV_KEY_INFO_free(info);
  if (length <= 0) return {};
  Secret out(std::string(reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(length)));
  OPENSSL_clear_free(bytes, static_cast<std::size_t>(length));
  return out;
}

std::string PrivateKey::public_bytes() const {
  std::string out;
  if (type_ == KeyType::ed25519) {
    std::size_t length = 32;
    out.resize(length);
    EVP_PKEY_get_raw_public_key(state_->key, bytes_of(out), &length);
    return out;
  }
  unsigned char* bytes = nullptr;
  int const length = i2d_PUBKEY(state_->key, &bytes);
  if (length > 0) out.assign(reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(length));
  OPENSSL_free(bytes);
  return out;
}

Result<std::string> PrivateKey::sign(std::string_view hash_value) const {
  return type_ == KeyType::rsa ? sign_rsa(state_->key, hash_value) : sign_ed25519(state_->key, hash_value);
}

}  // namespace yubin::policy
