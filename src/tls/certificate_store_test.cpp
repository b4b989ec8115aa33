#include "tls/certificate_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tls/tls_kit.h"

namespace yubin::tls {
namespace {

using namespace kit;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

Identity identity_for(std::vector<std::string> const& names, TestKey key = TestKey::ecdsa,
                      WallTime expires = kNow + std::chrono::days(30)) {
  return issue_test_certificate(ca(), names, kNow, expires, key).value();
}

// Who a client sees: the names of the certificate, or why there was no handshake.
std::string seen(Context const& context, char const* asked_for, SSL_CTX* client) {
  Pair pair(context, client);
  if (asked_for != nullptr) SSL_set_tlsext_host_name(pair.client.get(), asked_for);
  if (!pair.handshake()) return "no handshake";
  Certificate const certificate(SSL_get1_peer_certificate(pair.client.get()));
  return names_of(certificate.get()).front();
}

std::string seen(Context const& context, char const* asked_for) {
  return seen(context, asked_for, client_context().get());
}

// What a client keeps of a connection, and whether it is of use at another one.
Session ticket_of(Context const& context, SSL_CTX* client) {
  Pair pair(context, client);
  EXPECT_TRUE(pair.handshake());
  return pair.session();
}
bool resumes(Context const& context, SSL_CTX* client, SSL_SESSION* ticket) {
  Pair pair(context, client);
  SSL_set_session(pair.client.get(), ticket);
  EXPECT_TRUE(pair.handshake());
  return facts_of(pair.server.get()).resumed;
}

TEST(CertificateStore, tickets_outlive_a_reload) {
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    std::vector<Identity> identities;
    identities.push_back(identity_for({"mx.example.jp"}));
    CertificateStore store(std::move(identities));
    auto const slot = store.add_service({.name = "imap"}).value();
    auto const other = store.add_service({.name = "pop3"}).value();
    auto const client = client_context();
    SSL_CTX_set_max_proto_version(client.get(), version);
    Session const ticket = ticket_of(*slot->get(), client.get());
    std::vector<Identity> renewed;
    renewed.push_back(identity_for({"mx.example.jp"}));
    ASSERT_TRUE(store.replace(std::move(renewed), kNow));
    EXPECT_TRUE(resumes(*slot->get(), client.get(), ticket.get())) << version;
    EXPECT_FALSE(resumes(*other->get(), client.get(), ticket.get())) << version;
  }
}

// RFC 8446 appendix C.4: a ticket is used once, so a client is given another each time.
TEST(TicketKeys, of_a_resumed_session_give_another_ticket) {
  ManualClock const clock{kNow};
  auto const context =
      make(identity_for({"mx.example.jp"}), {.name = "imap", .ticket_keys = std::make_shared<TicketKeys>(clock)});
  auto const client = client_context();
  Session ticket = ticket_of(*context, client.get());
  for (int i = 0; i < 3; ++i) {
    Pair pair(*context, client.get());
    SSL_set_session(pair.client.get(), ticket.get());
    ASSERT_TRUE(pair.handshake());
    EXPECT_TRUE(facts_of(pair.server.get()).resumed);
    ticket = pair.session();
  }
}

TEST(TicketKeys, change_by_themselves_and_are_forgotten) {
  ManualClock clock{kNow};
  TicketKeys keys(clock);
  auto const first = keys.current().value().name;
  clock.advance(TicketKeys::kChange - 1s);
  EXPECT_EQ(keys.current().value().name, first);
  clock.advance(1s);
  EXPECT_NE(keys.current().value().name, first);
  EXPECT_TRUE(keys.find(first));
  clock.advance(TicketKeys::kChange);
  EXPECT_FALSE(keys.find(first));
  EXPECT_FALSE(keys.find({}));
}

TEST(ServerName, chooses_the_certificate) {
  std::vector<Identity> identities;
  identities.push_back(identity_for({"mx.example.jp"}));
  identities.push_back(identity_for({"mail.example.org", "imap.example.org"}));
  identities.push_back(identity_for({"*.example.org"}));
  auto const context = Context::make(identities, {.name = "imap", .alpn = {"imap"}}).value();
  struct Row {
    char const* asked_for;
    std::string_view answered;
  };
  Row const rows[] = {
      {nullptr, "mx.example.jp"},
      {"mx.example.jp", "mx.example.jp"},
      {"imap.example.org", "mail.example.org"},
      {"IMAP.Example.ORG", "mail.example.org"},
      {"smtp.example.org", "*.example.org"},
      {"a.b.example.org", "mx.example.jp"},  // a wildcard is one label
      {"example.org", "mx.example.jp"},
      {"unknown.test", "mx.example.jp"},
  };
  for (Row const& row : rows) EXPECT_EQ(seen(*context, row.asked_for), row.answered) << row.asked_for;
  EXPECT_TRUE(context->covers("smtp.example.org"));
  EXPECT_FALSE(context->covers("a.b.example.org"));
  EXPECT_EQ(context->certificates().size(), 3u);
}

TEST(ServerName, settings_hold_for_every_certificate) {
  std::vector<Identity> identities;
  identities.push_back(identity_for({"one.test"}));
  identities.push_back(identity_for({"two.test"}));
  auto const context = Context::make(identities, {.name = "imap", .alpn = {"imap"}}).value();
  for (char const* name : {"one.test", "two.test"}) {
    auto const client = client_context();
    SSL_CTX_set_alpn_protos(client.get(), reinterpret_cast<unsigned char const*>("\4pop3"), 5);
    EXPECT_EQ(seen(*context, name, client.get()), "no handshake");
    auto const old = client_context();
    SSL_CTX_set_security_level(old.get(), 0);
    SSL_CTX_set_min_proto_version(old.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(old.get(), TLS1_1_VERSION);
    EXPECT_EQ(seen(*context, name, old.get()), "no handshake");
  }
}

TEST(ServerName, two_kinds_of_key_for_one_name_are_both_offered) {
  std::vector<Identity> identities;
  identities.push_back(identity_for({"mx.test"}, TestKey::ecdsa));
  identities.push_back(identity_for({"mx.test"}, TestKey::rsa));
  auto const context = Context::make(identities, {.name = "smtp"}).value();
  for (auto const& [ciphers, type] : {std::pair{"ECDHE-ECDSA-AES128-GCM-SHA256", EVP_PKEY_EC},
                                      std::pair{"ECDHE-RSA-AES128-GCM-SHA256", EVP_PKEY_RSA}}) {
    auto const client = client_context();
    SSL_CTX_set_max_proto_version(client.get(), TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(client.get(), ciphers);
    Pair pair(*context, client.get());
    ASSERT_TRUE(pair.handshake()) << ciphers;
    Certificate const certificate(SSL_get1_peer_certificate(pair.client.get()));
    EXPECT_EQ(EVP_PKEY_get_base_id(X509_get0_pubkey(certificate.get())), type);
  }
}

TEST(LegacyTls, is_for_the_listener_that_has_it_or_refused_with_the_reason) {
  Identity const identity = identity_for({"printer.test"}, TestKey::rsa);
  auto const modern = Context::make(identity, {.name = "smtp"}).value();
  auto const legacy = Context::make(identity, {.name = "smtp", .legacy_tls = true});
  auto old_client = [] {
    auto client = client_context();
    SSL_CTX_set_cipher_list(client.get(), "AES128-SHA:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(client.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(client.get(), TLS1_VERSION);
    return client;
  };
  EXPECT_EQ(seen(*modern, nullptr, old_client().get()), "no handshake");
  if (!legacy) {
    EXPECT_THAT(legacy.error().detail, HasSubstr("does not permit TLS 1.0"));
    return;
  }
  EXPECT_EQ(seen(**legacy, nullptr, old_client().get()), "printer.test");
  EXPECT_EQ(seen(**legacy, nullptr), "printer.test");
}

TEST(HandshakeFailure, is_told_in_words) {
  auto const context = make(leaf());
  auto failure = [&](std::string_view bytes) {
    Ssl const server = context->new_connection();
    Bio in = reading(bytes);
    SSL_set_bio(server.get(), in.release(), BIO_new(BIO_s_mem()));
    SSL_do_handshake(server.get());
    return handshake_failure(server.get());
  };
  EXPECT_EQ(failure("GET / HTTP/1.1\r\nHost: mx.example.test\r\n\r\n"), "the client speaks HTTP without TLS");
  EXPECT_EQ(failure("EHLO client.example\r\nMAIL FROM:<>\r\n"), "what the client sent is not TLS");
  EXPECT_EQ(failure(""), "the peer closed the connection");

  auto const client = client_context();
  SSL_CTX_set_security_level(client.get(), 0);
  SSL_CTX_set_min_proto_version(client.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(client.get(), TLS1_1_VERSION);
  Pair pair(*context, client.get());
  SSL_do_handshake(pair.client.get());
  ERR_clear_error();
  SSL_do_handshake(pair.server.get());
  EXPECT_EQ(handshake_failure(pair.server.get()), "the client offers TLS 1.1 at most");
}

class Store : public testing::Test {
 protected:
  static std::vector<Identity> just(Identity identity) {
    std::vector<Identity> identities;
    identities.push_back(std::move(identity));
    return identities;
  }

  CertificateStore store_{just(identity_for({"old.test"}))};
  std::shared_ptr<Slot> imap_ = store_.add_service({.name = "imap"}).value();
  std::shared_ptr<Slot> smtp_ = store_.add_service({.name = "smtp"}).value();
};

TEST_F(Store, replaces_the_certificate_of_all_services) {
  ASSERT_TRUE(store_.replace(just(identity_for({"new.test"})), kNow));
  EXPECT_EQ(seen(*imap_->get(), nullptr), "new.test");
  EXPECT_EQ(seen(*smtp_->get(), nullptr), "new.test");
  EXPECT_THAT(store_.certificates().at(0).names, ElementsAre("new.test"));
  EXPECT_TRUE(store_.covers("new.test"));
  EXPECT_EQ(seen(*store_.add_service({.name = "pop3"}).value()->get(), nullptr), "new.test");
}

TEST_F(Store, keeps_what_it_has_when_the_new_is_wrong) {
  Identity mismatch = identity_for({"new.test"});
  mismatch.key_pem = identity_for({"new.test"}).key_pem;
  EXPECT_THAT(store_.replace(just(std::move(mismatch)), kNow).error().detail, HasSubstr("does not belong"));
  EXPECT_THAT(store_.replace(just(identity_for({"new.test"}, TestKey::ecdsa, kNow - 1h)), kNow).error().detail,
              HasSubstr("expired on"));
  EXPECT_EQ(seen(*imap_->get(), nullptr), "old.test");
  EXPECT_EQ(seen(*smtp_->get(), nullptr), "old.test");
}

TEST_F(Store, takes_an_expired_one_for_an_expired_one) {
  WallTime const later = kNow + std::chrono::days(60);
  EXPECT_TRUE(store_.replace(just(identity_for({"new.test"})), later));
  EXPECT_THAT(store_.check_time(later).error().detail, HasSubstr("expired on"));
}

TEST_F(Store, tells_the_days_that_are_left) {
  CertificateInfo const info = store_.certificates().at(0);
  EXPECT_EQ(info.days_left(kNow + 1h), 29);
  EXPECT_EQ(info.days_left(kNow + std::chrono::days(30) + 1h), -1);
  EXPECT_EQ(info.key, "EC 256");
  EXPECT_EQ(info.issuer, "CN=Yubin test CA");
}

TEST_F(Store, reads_files_anew) {
  std::string folder = testing::TempDir() + "yubin-certificates-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::filesystem::path const file = std::filesystem::path(folder) / "both.pem";
  std::vector<CertificateFiles> const files{{.chain = file, .key = file}};
  EXPECT_THAT(reload(store_, files, kNow).error().detail, HasSubstr("No such file"));
  Identity const fresh = identity_for({"new.test"});
  std::ofstream(file) << fresh.key_pem << fresh.chain_pem;
  EXPECT_TRUE(reload(store_, files, kNow));
  EXPECT_EQ(seen(*imap_->get(), nullptr), "new.test");
  EXPECT_EQ(store_.certificates().at(0).file, file.string());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace yubin::tls
