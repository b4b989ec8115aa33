#include "policy/digest.h"

#include <openssl/evp.h>

#include "base/assert.h"

namespace yubin::policy {

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  State(State const&) = delete;
  State& operator=(State const&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

// Without SHA the program can do nothing at all, so its absence is no error to handle.
Digest::Digest(Hash hash) : state_(std::make_unique<State>()) {
  EVP_MD const* const md = hash == Hash::sha1 ? EVP_sha1() : EVP_sha256();
  YUBIN_ASSERT(EVP_DigestInit_ex(state_->context, md, nullptr) == 1);
}

Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::update(std::string_view bytes) {
  YUBIN_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Digest::finish() {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  YUBIN_ASSERT(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(out.data()), &length) == 1);
  out.resize(length);
  return out;
}

std::string digest_of(Hash hash, std::string_view bytes) {
  Digest digest(hash);
  digest.update(bytes);
  return digest.finish();
}

}  // namespace yubin::policy
