#include "tls/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "base/assert.h"

namespace yubin::tls {

namespace {

using Shared = std::shared_ptr<TicketKeys>;

// SSL_CTX_set_tlsext_ticket_key_evp_cb(3)
constexpr int kFailed = -1;
constexpr int kUnknown = 0;
constexpr int kGood = 1;
constexpr int kGoodAndRenew = 2;

int index_of_keys() {
  static int const index = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* keys, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Shared*>(keys); });
  return index;
}

bool set_mac(EVP_MAC_CTX* context, TicketKeys::Key& key) {
  char digest[] = "SHA256";
  OSSL_PARAM const parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_CTX_set_params(context, parameters) == 1;
}

int seal(TicketKeys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  std::optional<TicketKeys::Key> key = keys.current();
  if (!key || RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return kFailed;
  std::ranges::copy(key->name, name);
  bool const ready =
      EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv) == 1 && set_mac(mac, *key);
  OPENSSL_cleanse(&*key, sizeof *key);
  return ready ? kGood : kFailed;
}

int open(TicketKeys& keys, unsigned char const* name, unsigned char const* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
         bool single_use) {
  std::array<unsigned char, 16> wanted;
  std::copy_n(name, wanted.size(), wanted.begin());
  std::optional<TicketKeys::Key> key = keys.find(wanted);
  if (!key) return kUnknown;
  bool const ready =
      EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv) == 1 && set_mac(mac, *key);
  OPENSSL_cleanse(&*key, sizeof *key);
  if (!ready) return kFailed;
  return single_use ? kGoodAndRenew : kGood;
}

int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int sealing) {
  auto& keys = **static_cast<Shared*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index_of_keys()));
  if (sealing == 1) return seal(keys, name, iv, cipher, mac);
  // RFC 8446 appendix C.4: a client uses a ticket once, so it needs another one.
  return open(keys, name, iv, cipher, mac, SSL_version(ssl) >= TLS1_3_VERSION);
}

}  // namespace

TicketKeys::~TicketKeys() {
  if (current_) OPENSSL_cleanse(&*current_, sizeof *current_);
  if (previous_) OPENSSL_cleanse(&*previous_, sizeof *previous_);
}

std::optional<TicketKeys::Key> TicketKeys::current() {
  std::lock_guard lock(mutex_);
  SteadyTime const now = clock_.steady();
  if (current_ && now - current_->made < kChange) return current_;
  Key key{.name = {}, .cipher = {}, .mac = {}, .made = now};
  if (RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) != 1 ||
      RAND_bytes(key.cipher.data(), static_cast<int>(key.cipher.size())) != 1 ||
      RAND_bytes(key.mac.data(), static_cast<int>(key.mac.size())) != 1)
    return std::nullopt;
  previous_ = current_;
  current_ = key;
  return current_;
}

std::optional<TicketKeys::Key> TicketKeys::find(std::array<unsigned char, 16> const& name) {
  std::lock_guard lock(mutex_);
  SteadyTime const now = clock_.steady();
  for (std::optional<Key> const* key : {&current_, &previous_})
    if (*key && (*key)->name == name && now - (*key)->made < 2 * kChange) return *key;
  return std::nullopt;
}

void use_ticket_keys(ssl_ctx_st* ctx, std::shared_ptr<TicketKeys> keys) {
  auto shared = std::make_unique<Shared>(std::move(keys));
  YUBIN_ASSERT(SSL_CTX_set_ex_data(ctx, index_of_keys(), shared.get()) == 1);
  (void)shared.release();  // it is the SSL_CTX's now
  SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, &on_ticket);
}

}  // namespace yubin::tls
