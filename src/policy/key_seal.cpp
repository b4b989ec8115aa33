#include "policy/key_seal.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

#include "base/assert.h"
#include "base/freed.h"

namespace yubin::policy {

namespace {

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, Freed<&EVP_CIPHER_CTX_free>>;

unsigned char const* bytes_of(std::string_view text) {
  return reinterpret_cast<unsigned char const*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
int length_of(std::string_view text) {
  return static_cast<int>(text.size());
}

}  // namespace

std::string KeySeal::seal(std::string_view secret, std::string_view place) const {
  std::string nonce(kNonce, '\0');
  random_.fill(std::as_writable_bytes(std::span(nonce)));
  std::string encrypted(secret.size(), '\0');
  std::string tag(kTag, '\0');
  Context const context(EVP_CIPHER_CTX_new());
  int length = 0;
  bool const good =
      EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), bytes_of(key_.view()), bytes_of(nonce), nullptr) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &length, bytes_of(place), length_of(place)) == 1 &&
      EVP_EncryptUpdate(context.get(), bytes_of(encrypted), &length, bytes_of(secret), length_of(secret)) == 1 &&
      EVP_EncryptFinal_ex(context.get(), nullptr, &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTag), tag.data()) == 1;
  YUBIN_ASSERT(good);  // there is no input that it could dislike
  return nonce + encrypted + tag;
}

Result<Secret> KeySeal::open(std::string_view sealed, std::string_view place) const {
  if (sealed.size() < kNonce + kTag) return fail(Errc::denied, "what is sealed is too short");
  std::string_view const nonce = sealed.substr(0, kNonce);
  std::string tag(sealed.substr(sealed.size() - kTag));
  std::string_view const encrypted = sealed.substr(kNonce, sealed.size() - kNonce - kTag);
  std::string secret(encrypted.size(), '\0');
  Context const context(EVP_CIPHER_CTX_new());
  int length = 0;
  bool const good =
      EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), bytes_of(key_.view()), bytes_of(nonce), nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &length, bytes_of(place), length_of(place)) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes_of(secret), &length, bytes_of(encrypted), length_of(encrypted)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTag), tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), nullptr, &length) == 1;
  ERR_clear_error();
  Secret out(std::move(secret));
  if (!good) return fail(Errc::denied, "it was sealed with another key");
  return out;
}

}  // namespace yubin::policy
