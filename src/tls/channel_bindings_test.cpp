#include "tls/channel_bindings.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tls/tls_kit.h"

namespace yubin::tls {
namespace {

struct ChannelBindingsTest : testing::Test {
  // Of the server's side after a handshake.
  ChannelBindings shake(SSL_CTX* ctx) {
    pair = std::make_unique<kit::Pair>(*context, ctx);
    EXPECT_TRUE(pair->handshake());
    return channel_bindings_of(pair->server.get());
  }
  static std::string find(ChannelBindings const& all, std::string_view type) {
    auto const found = std::ranges::find(all, type, &ChannelBinding::type);
    return found == all.end() ? "" : found->data;
  }
  std::shared_ptr<Context const> context = kit::make(kit::leaf());
  kit::ClientContext client = kit::client_context();
  std::unique_ptr<kit::Pair> pair;
};

TEST_F(ChannelBindingsTest, of_TLS_1_3_are_what_the_client_exports) {
  ChannelBindings const bindings = shake(client.get());
  std::string ours(32, '\0');
  ASSERT_EQ(SSL_export_keying_material(pair->client.get(), reinterpret_cast<unsigned char*>(ours.data()), ours.size(),
                                       "EXPORTER-Channel-Binding", 24, nullptr, 0, 0),
            1);
  EXPECT_EQ(find(bindings, "tls-exporter"), ours);
  EXPECT_EQ(find(bindings, "tls-unique"), "");  // RFC 9266 section 3: not defined there
}

TEST_F(ChannelBindingsTest, of_the_end_point_are_a_hash_of_what_the_client_sees) {
  ChannelBindings const bindings = shake(client.get());
  Certificate const shown(SSL_get1_peer_certificate(pair->client.get()));
  std::string hash(32, '\0');
  unsigned length = 0;
  ASSERT_EQ(X509_digest(shown.get(), EVP_sha256(), reinterpret_cast<unsigned char*>(hash.data()), &length), 1);
  EXPECT_EQ(find(bindings, "tls-server-end-point"), hash);
}

TEST_F(ChannelBindingsTest, differ_from_connection_to_connection_but_for_the_end_point) {
  ChannelBindings const one = shake(client.get());
  ChannelBindings const other = shake(client.get());
  EXPECT_NE(find(one, "tls-exporter"), find(other, "tls-exporter"));
  EXPECT_EQ(find(one, "tls-server-end-point"), find(other, "tls-server-end-point"));
}

TEST_F(ChannelBindingsTest, of_TLS_1_2_are_the_first_finished_message) {
  SSL_CTX_set_max_proto_version(client.get(), TLS1_2_VERSION);
  ChannelBindings const bindings = shake(client.get());
  std::array<char, EVP_MAX_MD_SIZE> finished;
  std::size_t const length = SSL_get_finished(pair->client.get(), finished.data(), finished.size());
  EXPECT_EQ(find(bindings, "tls-unique"), std::string(finished.data(), length));
  EXPECT_EQ(find(bindings, "tls-exporter"), "");

  kit::Session const session = pair->session();
  pair = std::make_unique<kit::Pair>(*context, client.get());
  SSL_set_session(pair->client.get(), session.get());
  ASSERT_TRUE(pair->handshake());
  ASSERT_EQ(SSL_session_reused(pair->client.get()), 1);
  std::size_t const servers = SSL_get_peer_finished(pair->client.get(), finished.data(), finished.size());
  EXPECT_EQ(find(channel_bindings_of(pair->server.get()), "tls-unique"), std::string(finished.data(), servers));
}

TEST_F(ChannelBindingsTest, are_told_of_the_server_only) {
  (void)shake(client.get());
  EXPECT_FALSE(facts_of(pair->server.get()).bindings.empty());
  EXPECT_TRUE(facts_of(pair->client.get()).bindings.empty());
}

}  // namespace
}  // namespace yubin::tls
