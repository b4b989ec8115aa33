// For the tests of tls/: an authority, certificates of it, and both ends of a connection in memory.
#pragma once

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tls/context.h"
#include "tls/openssl.h"
#include "tls/test_ca.h"

namespace yubin::tls::kit {

// OpenSSL checks the certificate against the machine's clock, so the certificates are made for today.
inline WallTime const kNow = SystemClock().now();

inline std::vector<std::string> const kNames{"localhost", "127.0.0.1", "::1", "mx.example.test"};

inline Identity const& ca() {
  static Identity const made = make_test_ca("Yubin test CA", kNow).value();
  return made;
}

inline Identity leaf() {
  return issue_test_certificate(ca(), kNames, kNow, kNow + std::chrono::days(30)).value();
}

using ClientContext = std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>>;
using Session = std::unique_ptr<SSL_SESSION, Freed<&SSL_SESSION_free>>;

inline ClientContext client_context() {
  ClientContext ctx(SSL_CTX_new(TLS_client_method()));
  Bio const pem = reading(ca().chain_pem);
  Certificate const trusted(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
  X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx.get()), trusted.get());
  SSL_CTX_set_verify(ctx.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(ctx.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  return ctx;
}

// Both ends of a connection over a pair of memory BIOs.
struct Pair {
  Pair(Context const& context, SSL_CTX* client_ctx) : Pair(context, Ssl(SSL_new(client_ctx))) {}
  Pair(Context const& context, Ssl client_side) : server(context.new_connection()), client(std::move(client_side)) {
    BIO* a = nullptr;
    BIO* b = nullptr;
    BIO_new_bio_pair(&a, 0, &b, 0);
    SSL_set_bio(server.get(), a, a);
    SSL_set_bio(client.get(), b, b);
    SSL_set_connect_state(client.get());
  }

  bool handshake() {
    for (int step = 0; step < 10; ++step) {
      int const from_client = SSL_do_handshake(client.get());
      if (failed(client.get(), from_client)) return false;  // its reason would be forgotten by the server's next step
      int const from_server = SSL_do_handshake(server.get());
      if (from_client == 1 && from_server == 1) return true;
      if (failed(server.get(), from_server)) return false;
    }
    return false;
  }

  static bool failed(SSL* ssl, int result) { return result != 1 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ; }

  // TLS 1.3 tickets come after the handshake, with the first read.
  Session session() {
    char byte;
    SSL_read(client.get(), &byte, 1);
    // A connection that goes without a word would take its session with it.
    SSL_set_shutdown(client.get(), SSL_SENT_SHUTDOWN);
    return Session(SSL_get1_session(client.get()));
  }

  Ssl server;
  Ssl client;
};

inline std::shared_ptr<Context const> make(Identity const& identity, ServiceOptions const& options = {.name = "imap"}) {
  return Context::make(identity, options).value();
}

}  // namespace yubin::tls::kit
