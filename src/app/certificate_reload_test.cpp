// A certificate is replaced while clients are in IDLE.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "app/server_kit.h"
#include "tls/openssl.h"

namespace yubin::app {
namespace {

using kit::Client;
using kit::RunningServer;

constexpr std::size_t kClients = 500;

class TlsClient {
 public:
  TlsClient(std::uint16_t port, SSL_CTX* context) : socket_(port), ssl_(SSL_new(context)) {
    SSL_set_fd(ssl_.get(), socket_.fd());
    if (SSL_connect(ssl_.get()) != 1) throw std::runtime_error("no handshake: " + tls::last_error());
  }

  void talk(std::string_view bytes, std::string_view awaited) {
    if (!bytes.empty()) SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    std::string received = "\n";
    char buffer[4096];
    while (!received.contains("\n" + std::string(awaited)) || !received.ends_with("\r\n")) {
      int const count = SSL_read(ssl_.get(), buffer, sizeof buffer);
      if (count <= 0) throw std::runtime_error("the connection was dropped after: " + received);
      received.append(buffer, static_cast<std::size_t>(count));
    }
  }

  // The serial number of the server's certificate.
  std::string serial() const {
    tls::Certificate const certificate(SSL_get1_peer_certificate(ssl_.get()));
    std::unique_ptr<BIGNUM, Freed<&BN_free>> const number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate.get()), nullptr));
    char* const text = BN_bn2hex(number.get());
    std::string result(text);
    OPENSSL_free(text);
    return result;
  }

 private:
  Client socket_;
  tls::Ssl ssl_;
};

TEST(CertificateReload, does_not_touch_five_hundred_clients_in_IDLE) {
  RunningServer server;
  std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>> const context(SSL_CTX_new(TLS_client_method()));
  std::vector<TlsClient> clients;
  clients.reserve(kClients);
  for (std::size_t i = 0; i < kClients; ++i) {
    TlsClient& client = clients.emplace_back(server.port(2), context.get());
    client.talk("", "* OK");
    client.talk("a LOGIN hanako@example.test secret\r\n", "a OK");
    client.talk("b SELECT INBOX\r\n", "b OK");
    client.talk("c IDLE\r\n", "+");
  }
  std::string const before = clients.front().serial();
  ASSERT_TRUE((*server).certificates().replace(kit::test_identities(), SystemClock().now()));

  TlsClient late(server.port(2), context.get());
  EXPECT_NE(late.serial(), before);
  for (TlsClient& client : clients) {
    EXPECT_EQ(client.serial(), before);
    ASSERT_NO_THROW(client.talk("DONE\r\n", "c OK"));
  }
}

}  // namespace
}  // namespace yubin::app
