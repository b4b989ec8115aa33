#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "tls/tls_kit.h"

namespace yubin::tls {
namespace {

using namespace kit;
using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(TestCa, certificate_holds_for_all_its_names) {
  auto const context = make(leaf());
  auto const client = client_context();
  for (std::string const& name : kNames) {
    Pair pair(*context, client.get());
    X509_VERIFY_PARAM* param = SSL_get0_param(pair.client.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str()) != 1) SSL_set1_host(pair.client.get(), name.c_str());
    EXPECT_TRUE(pair.handshake()) << name;
  }
  Pair other(*context, client.get());
  SSL_set1_host(other.client.get(), "mx.example.org");
  EXPECT_FALSE(other.handshake());
}

TEST(TestCa, names_cannot_smuggle_in_others) {
  for (std::string const name : {"a.test,DNS:b.test", "", "email:x@y"}) {
    std::array<std::string, 1> const names{name};
    EXPECT_FALSE(issue_test_certificate(ca(), names, kNow, kNow + 24h)) << name;
  }
  EXPECT_FALSE(issue_test_certificate(ca(), {}, kNow, kNow + 24h));
}

TEST(Context, speaks_tls_1_2_and_1_3_and_nothing_older) {
  auto const context = make(leaf());
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION, TLS1_1_VERSION}) {
    auto const client = client_context();
    SSL_CTX_set_security_level(client.get(), 0);
    SSL_CTX_set_min_proto_version(client.get(), version);
    SSL_CTX_set_max_proto_version(client.get(), version);
    Pair pair(*context, client.get());
    EXPECT_EQ(pair.handshake(), version != TLS1_1_VERSION) << version;
  }
}

TEST(Context, refuses_what_is_weak_or_dear) {
  auto const context = make(leaf());
  for (char const* weak : {"ECDHE-ECDSA-AES128-CCM8", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA"}) {
    auto const client = client_context();
    SSL_CTX_set_max_proto_version(client.get(), TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(client.get(), weak);
    EXPECT_FALSE(Pair(*context, client.get()).handshake()) << weak;
  }
  auto const large_field = client_context();
  SSL_CTX_set1_groups_list(large_field.get(), "ffdhe8192");
  EXPECT_FALSE(Pair(*context, large_field.get()).handshake());
}

TEST(Context, tells_the_facts_of_a_handshake) {
  auto const context = make(leaf());
  auto const client = client_context();
  Pair pair(*context, client.get());
  SSL_set_tlsext_host_name(pair.client.get(), "mx.example.test");
  ASSERT_TRUE(pair.handshake());
  Facts const facts = facts_of(pair.server.get());
  EXPECT_EQ(facts.version, "TLSv1.3");
  EXPECT_EQ(facts.cipher, SSL_get_cipher_name(pair.client.get()));
  EXPECT_EQ(facts.server_name, "mx.example.test");
  EXPECT_FALSE(facts.resumed);
}

TEST(Context, a_ticket_resumes_at_its_own_service_only) {
  Identity const identity = leaf();
  auto const imap = make(identity, {.name = "imap"});
  auto const pop3 = make(identity, {.name = "pop3"});
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto const client = client_context();
    SSL_CTX_set_max_proto_version(client.get(), version);
    Pair first(*imap, client.get());
    ASSERT_TRUE(first.handshake());
    Session const ticket = first.session();
    for (auto const& [context, resumed] : {std::pair{imap, true}, std::pair{pop3, false}}) {
      Pair again(*context, client.get());
      SSL_set_session(again.client.get(), ticket.get());
      ASSERT_TRUE(again.handshake());
      EXPECT_EQ(facts_of(again.server.get()).resumed, resumed) << version;
    }
  }
}

TEST(Context, alpn_is_checked_when_offered) {
  struct Row {
    std::vector<std::string> ours;
    std::string_view offered;  // in wire form
    bool ok;
    std::string_view selected;
  };
  Row const rows[] = {
      {{"imap"}, "", true, ""},
      {{"imap"}, "\4imap", true, "imap"},
      {{"h2", "http/1.1"}, "\10http/1.1\2h2", true, "h2"},
      {{"imap"}, "\10http/1.1", false, ""},  // a browser led here by someone between
      {{}, "\10http/1.1", true, ""},
  };
  Identity const identity = leaf();
  for (Row const& row : rows) {
    auto const context = make(identity, {.name = "x", .alpn = row.ours});
    auto const client = client_context();
    Pair pair(*context, client.get());
    SSL_set_alpn_protos(pair.client.get(), reinterpret_cast<unsigned char const*>(row.offered.data()),
                        static_cast<unsigned>(row.offered.size()));
    EXPECT_EQ(pair.handshake(), row.ok) << row.offered;
    unsigned char const* selected = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(pair.client.get(), &selected, &length);
    EXPECT_EQ(std::string_view(reinterpret_cast<char const*>(selected), length), row.selected);
  }
}

TEST(Context, errors_name_the_file_and_what_to_do) {
  auto error = [](Identity const& identity) { return Context::make(identity, {}).error().detail; };
  Identity swapped = leaf();
  swapped.chain_name = "/etc/yubin/tls/mx.pem";
  swapped.key_name = "/etc/yubin/tls/mx.key";
  Identity mismatch = swapped;
  mismatch.key_pem = leaf().key_pem;
  EXPECT_EQ(
      error(mismatch),
      "the key in /etc/yubin/tls/mx.key does not belong to the certificate in /etc/yubin/tls/mx.pem; give the key "
      "that the certificate was requested with");
  Identity no_key = swapped;
  no_key.key_pem = swapped.chain_pem;
  EXPECT_THAT(error(no_key), HasSubstr("/etc/yubin/tls/mx.key holds no private key"));
  Identity no_certificate = swapped;
  no_certificate.chain_pem = "hello";
  EXPECT_THAT(error(no_certificate), HasSubstr("/etc/yubin/tls/mx.pem holds no certificate"));
}

TEST(Context, tells_an_expired_certificate_from_a_wrong_clock) {
  Identity identity =
      issue_test_certificate(ca(), kNames, kNow, WallTime(std::chrono::sys_days(2100y / 3 / 1))).value();
  identity.chain_name = "mx.pem";
  auto const context = make(identity);
  EXPECT_TRUE(context->check_time(kNow));
  EXPECT_EQ(context->check_time(context->expires() + 1s).error().detail,
            "the certificate in mx.pem expired on 2100-03-01 00:00 UTC; renew it");
  EXPECT_THAT(context->check_time(kNow - 48h).error().detail, HasSubstr("is valid only from"));
}

TEST(Slot, a_reload_does_not_touch_who_came_before) {
  Slot slot(make(leaf()));
  auto const before = slot.get();
  auto const client = client_context();
  Pair pair(*before, client.get());
  slot.set(make(leaf()));
  EXPECT_NE(slot.get(), before);
  EXPECT_TRUE(pair.handshake());
}

class IdentityFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "yubin-tls-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    dir_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::filesystem::path write(std::string_view name, std::string_view bytes) {
    std::ofstream(dir_ / name, std::ios::binary) << bytes;
    return dir_ / name;
  }
  std::filesystem::path dir_;
};

TEST_F(IdentityFiles, are_read_with_their_names) {
  Identity const identity = leaf();
  auto const chain = write("mx.pem", identity.chain_pem + ca().chain_pem);
  auto const key = write("mx.key", identity.key_pem);
  Identity const read = read_identity(chain, key).value();
  EXPECT_EQ(read.key_pem, identity.key_pem);
  EXPECT_EQ(read.chain_name, chain.string());
  EXPECT_TRUE(Context::make(read, {}));
}

TEST_F(IdentityFiles, that_are_missing_or_too_large_are_named) {
  auto const chain = write("mx.pem", std::string((1 << 20) + 1, 'x'));
  EXPECT_THAT(read_identity(chain, chain).error().detail, HasSubstr("mx.pem: it is larger than 1 MiB"));
  EXPECT_THAT(read_identity(dir_ / "no.pem", chain).error().detail,
              HasSubstr("no.pem: No such file or directory; check the path"));
}

}  // namespace
}  // namespace yubin::tls
