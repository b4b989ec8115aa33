#include "tls/key_digest.h"

#include <openssl/sha.h>

#include "tls/openssl.h"
#include "tls/pem.h"

namespace yubin::tls {

Result<std::string> key_digest(std::string_view pem) {
  TRY(PemContents const contents, read_pem(pem, "the certificate"));
  if (contents.certificates.empty()) return fail(Errc::syntax, "there is no certificate");
  unsigned char* bytes = nullptr;
  int const length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(contents.certificates.front().get()), &bytes);
  if (length <= 0) return fail(Errc::syntax, last_error());
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(bytes, static_cast<std::size_t>(length), reinterpret_cast<unsigned char*>(digest.data()));
  OPENSSL_free(bytes);
  return digest;
}

}  // namespace yubin::tls
