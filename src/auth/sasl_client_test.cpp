// Our client's mechanisms against our server's, and against servers that lie.
#include "auth/sasl_client.h"

#include <gtest/gtest.h>

#include "auth/sasl.h"
#include "auth/sasl_client_scram.h"
#include "base/base64.h"

namespace yubin::auth {
namespace {

SaslConnection const kUnbound;

struct SaslClients : testing::Test {
  std::unique_ptr<SaslClient> make(std::vector<std::string> const& offered, Channel channel = Channel::encrypted,
                                   std::string password = "pencil") {
    return make_sasl_client(offered, {"user", Secret(std::move(password))}, channel, random);
  }
  std::string name(std::vector<std::string> const& offered, Channel channel) {
    auto const client = make(offered, channel);
    return client ? std::string(client->name()) : "";
  }
  SeededRandom random{1};
};

TEST_F(SaslClients, takes_the_best_that_is_offered) {
  EXPECT_EQ(name({"LOGIN", "PLAIN", "SCRAM-SHA-256"}, Channel::encrypted), "SCRAM-SHA-256");
  EXPECT_EQ(name({"LOGIN", "PLAIN"}, Channel::encrypted), "PLAIN");
  EXPECT_EQ(name({"LOGIN", "CRAM-MD5"}, Channel::encrypted), "LOGIN");
  EXPECT_EQ(name({"GSSAPI"}, Channel::encrypted), "");
}

TEST_F(SaslClients, shows_no_password_in_clear) {
  EXPECT_EQ(name({"LOGIN", "PLAIN"}, Channel::in_clear), "");
  EXPECT_EQ(name({"PLAIN", "SCRAM-SHA-256"}, Channel::in_clear), "SCRAM-SHA-256");
}

TEST_F(SaslClients, plain_and_login_are_understood_by_our_server) {
  for (std::string const mechanism : {"PLAIN", "LOGIN"}) {
    auto const client = make({mechanism});
    auto const server = make_sasl_mechanism(mechanism, random, kUnbound);
    SaslMechanism::Step step = server->step(client->begin());
    while (auto const* challenge = std::get_if<SaslChallenge>(&step)) {
      auto response = client->respond(challenge->bytes);
      ASSERT_TRUE(response.has_value());
      step = server->step(std::move(*response));
    }
    auto const* check = std::get_if<SaslMechanism::CheckPassword>(&step);
    ASSERT_NE(check, nullptr);
    EXPECT_EQ(check->user, "user");
    EXPECT_EQ(check->password.view(), "pencil");
    EXPECT_TRUE(client->finish().has_value());
  }
}

// "proved" when both sides are content, else who is not.
std::string scram(SaslClient& client, Random& random, std::string_view password) {
  auto const server = make_sasl_mechanism("SCRAM-SHA-256", random, kUnbound);
  SaslMechanism::Step step = server->step(client.begin());
  if (!std::holds_alternative<SaslMechanism::AskKeys>(step)) return "no keys asked";
  step = server->resume(ScramKeys::make("SHA256", password, "salt salt", 4096).value());
  while (auto const* challenge = std::get_if<SaslChallenge>(&step)) {
    auto response = client.respond(challenge->bytes);
    if (!response) return response.error().detail;
    step = server->step(std::move(*response));
  }
  if (std::holds_alternative<SaslMechanism::Failed>(step)) return "refused";
  if (!client.finish()) return "not proved";
  return std::holds_alternative<SaslMechanism::Proved>(step) ? "proved" : "?";
}

TEST_F(SaslClients, scram_is_understood_by_our_server) {
  EXPECT_EQ(scram(*make({"SCRAM-SHA-256"}), random, "pencil"), "proved");
  EXPECT_EQ(scram(*make({"SCRAM-SHA-256"}), random, "other"), "refused");
}

TEST_F(SaslClients, scram_writes_names_with_commas_and_equals_signs) {
  SaslClientScram client({"a,b=c", Secret("pencil")}, random);
  auto const server = make_sasl_mechanism("SCRAM-SHA-256", random, kUnbound);
  SaslMechanism::Step const step = server->step(client.begin());
  EXPECT_EQ(std::get<SaslMechanism::AskKeys>(step).user, "a,b=c");
}

// The nonce that a client-first-message has.
std::string nonce_of(SaslClient& client) {
  std::string const first(client.begin()->view());
  return first.substr(first.find(",r=") + 3);
}

TEST_F(SaslClients, scram_refuses_what_a_server_must_not_say) {
  std::string const salt = ",s=" + to_base64("salt");
  std::vector<std::string> const messages = {"",
                                             "r=NONCEx",
                                             "r=other" + salt + ",i=4096",
                                             "r=NONCE" + salt + ",i=4096",
                                             "r=NONCEx" + salt + ",i=4095",
                                             "r=NONCEx" + salt + ",i=600001",
                                             "r=NONCEx,s=,i=4096",
                                             "r=NONCEx,s=?,i=4096",
                                             "m=x,r=NONCEx" + salt + ",i=4096",
                                             "r=NONCEx" + salt + ",i=-1",
                                             "r=NONCEx" + salt + ",i=99999999999999999999"};
  for (std::string const& message : messages) {
    auto const client = make({"SCRAM-SHA-256"});
    std::string text = message;
    std::string const nonce = nonce_of(*client);
    if (std::size_t const at = text.find("NONCE"); at != std::string::npos) text.replace(at, 5, nonce);
    EXPECT_FALSE(client->respond(text).has_value()) << message;
    EXPECT_FALSE(client->finish().has_value()) << message;
  }
}

TEST_F(SaslClients, scram_believes_no_server_without_its_proof) {
  std::string const rest = "x,s=" + to_base64("salt") + ",i=4096";
  std::vector<std::string> const finals = {"v=" + to_base64(std::string(32, 'x')), "v=", "e=other-error", ""};
  for (std::string const& final : finals) {
    auto const client = make({"SCRAM-SHA-256"});
    std::string const nonce = nonce_of(*client);
    ASSERT_TRUE(client->respond("r=" + nonce + rest).has_value());
    EXPECT_FALSE(client->finish().has_value());
    EXPECT_FALSE(client->respond(final).has_value()) << final;
    EXPECT_FALSE(client->finish().has_value());
  }
}

}  // namespace
}  // namespace yubin::auth
