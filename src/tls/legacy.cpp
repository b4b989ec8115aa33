#include "tls/legacy.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls/context.h"
#include "tls/openssl.h"

namespace yubin::tls {
namespace {

// What is permitted for new clients comes first; RSA key exchange is for what has nothing better.
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:RSA+AESGCM:RSA+AES:!AESCCM8:@SECLEVEL=0";

bool wants_more(SSL* ssl, int result) {
  return result == 1 || SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ;
}

bool handshake(SSL* server, SSL* client) {
  constexpr int kFlights = 6;
  for (int i = 0; i < kFlights; ++i) {
    int const from_client = SSL_do_handshake(client);
    int const from_server = SSL_do_handshake(server);
    if (from_client == 1 && from_server == 1) return true;
    if (!wants_more(client, from_client) || !wants_more(server, from_server)) return false;
  }
  return false;
}

}  // namespace

void allow_legacy(ssl_ctx_st* ctx) {
  SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
  SSL_CTX_set_cipher_list(ctx, kCiphers);
}

Result<> try_legacy_handshake(Context const& context) {
  std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>> const client_context(SSL_CTX_new(TLS_client_method()));
  allow_legacy(client_context.get());
  SSL_CTX_set_max_proto_version(client_context.get(), TLS1_VERSION);
  Ssl const client(SSL_new(client_context.get()));
  Ssl const server = context.new_connection();
  BIO* near = nullptr;
  BIO* far = nullptr;
  BIO_new_bio_pair(&near, 0, &far, 0);
  SSL_set_bio(client.get(), near, near);
  SSL_set_bio(server.get(), far, far);
  SSL_set_connect_state(client.get());
  if (handshake(server.get(), client.get())) return {};
  return fail(Errc::denied, fmt::format("legacy_tls is on, but {} or this machine's policy for it does not permit TLS "
                                        "1.0 ({}); turn legacy_tls off, or allow it in /etc/ssl/openssl.cnf",
                                        OpenSSL_version(OPENSSL_VERSION_STRING), last_error()));
}

}  // namespace yubin::tls
