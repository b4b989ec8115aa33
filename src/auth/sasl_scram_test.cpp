#include "auth/sasl_scram.h"

#include <gtest/gtest.h>

#include "base/base64.h"

namespace yubin::auth {
namespace {

using Step = SaslMechanism::Step;

// The client's side (RFC 5802 section 3), which is not in the server.
struct Client {
  std::string gs2_header = "n,,";
  std::string binding_data;
  std::string user = "user";
  std::string password = "pencil";
  std::string nonce = "rOprNGfwEbeRWgbNEkqO";

  std::string first_bare() const { return "n=" + user + ",r=" + nonce; }
  std::string first() const { return gs2_header + first_bare(); }
  // Also sets what the server must answer.
  std::string final(std::string const& server_first, std::string_view salt, std::uint32_t iterations) {
    std::string const whole_nonce = server_first.substr(2, server_first.find(',') - 2);
    std::string const salted = pbkdf2("SHA256", password, salt, iterations).value();
    std::string const key = hmac("SHA256", salted, "Client Key").value();
    std::string const without_proof = "c=" + to_base64(gs2_header + binding_data) + ",r=" + whole_nonce;
    std::string const message = first_bare() + "," + server_first + "," + without_proof;
    std::string proof = hmac("SHA256", digest("SHA256", key).value(), message).value();
    for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ key[i]);
    verifier = "v=" + to_base64(hmac("SHA256", hmac("SHA256", salted, "Server Key").value(), message).value());
    return without_proof + ",p=" + to_base64(proof);
  }
  std::string verifier;
};

struct Scram : testing::Test {
  static Step say(SaslMechanism& mechanism, std::string text) {
    return mechanism.step(std::optional<Secret>(std::in_place, std::move(text)));
  }
  // How the exchange ends: "proved", "failed", or the words of Malformed.
  std::string run() {
    SaslScram mechanism(variant, random, connection);
    Step step = say(mechanism, client.first());
    auto* question = std::get_if<SaslMechanism::AskKeys>(&step);
    if (!question) return std::get<SaslMechanism::Malformed>(step).text;
    user = question->user;
    authzid = question->authzid;
    step = mechanism.resume(keys);
    std::string const server_first = std::get<SaslChallenge>(step).bytes;
    step = say(mechanism, client.final(server_first, keys.salt, keys.iterations));
    if (std::holds_alternative<SaslMechanism::Failed>(step)) return "failed";
    auto* challenge = std::get_if<SaslChallenge>(&step);
    if (!challenge) return std::get<SaslMechanism::Malformed>(step).text;
    EXPECT_EQ(challenge->bytes, client.verifier);
    step = say(mechanism, "");
    return std::holds_alternative<SaslMechanism::Proved>(step) ? "proved" : "?";
  }

  SaslScram::Variant variant = SaslScram::Variant::unbound;
  SaslConnection connection;
  SeededRandom random{1};
  ScramKeys keys = ScramKeys::make("SHA256", "pencil", "salt salt", 4096).value();
  Client client;
  std::string user, authzid;
};

constexpr std::string_view kMalformed = "That is not a message of SCRAM";

TEST_F(Scram, who_knows_the_password_is_let_in) {
  EXPECT_EQ(run(), "proved");
  EXPECT_EQ(user, "user");
  EXPECT_EQ(authzid, "");
}

TEST_F(Scram, names_may_have_commas_and_equals_signs) {
  client.user = "a=2Cb=3Dc";
  client.gs2_header = "n,a=x=2Cy,";
  EXPECT_EQ(run(), "proved");
  EXPECT_EQ(user, "a,b=c");
  EXPECT_EQ(authzid, "x,y");
}

TEST_F(Scram, another_password_fails) {
  client.password = "Pencil";
  EXPECT_EQ(run(), "failed");
}

TEST_F(Scram, a_stolen_proof_is_of_no_use_in_another_exchange) {
  SaslScram first(variant, random, connection);
  (void)say(first, client.first());
  std::string const old_first = std::get<SaslChallenge>(first.resume(keys)).bytes;
  std::string const old_final = client.final(old_first, keys.salt, keys.iterations);
  SaslScram second(variant, random, connection);
  (void)say(second, client.first());
  (void)second.resume(keys);
  EXPECT_TRUE(std::holds_alternative<SaslMechanism::Failed>(say(second, old_final)));
}

// RFC 5802 section 6: where PLUS is not offered there is nothing that it was kept from.
TEST_F(Scram, a_client_may_say_that_it_would_bind_and_must_not_bind) {
  client.gs2_header = "y,,";
  EXPECT_EQ(run(), "proved");
  client.gs2_header = "p=tls-exporter,,";
  EXPECT_EQ(run(), kMalformed);
}

TEST_F(Scram, the_first_header_must_be_repeated) {
  client.binding_data = "x";
  EXPECT_EQ(run(), "failed");
}

struct ScramPlus : Scram {
  ScramPlus() {
    variant = SaslScram::Variant::bound;
    connection = {{{"tls-exporter", "exported"}, {"tls-server-end-point", "one"}, {"tls-server-end-point", "two"}},
                  true};
  }
};

TEST_F(ScramPlus, a_client_at_the_other_end_is_let_in) {
  client.gs2_header = "p=tls-exporter,a=x,";
  client.binding_data = "exported";
  EXPECT_EQ(run(), "proved");
  EXPECT_EQ(authzid, "x");
  client.gs2_header = "p=tls-server-end-point,,";
  for (std::string data : {"one", "two"}) {
    client.binding_data = data;
    EXPECT_EQ(run(), "proved");
  }
}

TEST_F(ScramPlus, the_right_password_over_another_channel_fails) {
  client.gs2_header = "p=tls-exporter,,";
  for (std::string data : {"exporteD", "", "one", "exportedx"}) {
    client.binding_data = data;
    EXPECT_EQ(run(), "failed") << data;
  }
}

TEST_F(ScramPlus, a_client_must_bind_and_to_what_there_is) {
  for (std::string_view flag : {"n", "y", "p", "p=", ""}) {
    client.gs2_header = std::string(flag) + ",,";
    EXPECT_EQ(run(), "SCRAM-SHA-256-PLUS needs a channel binding") << flag;
  }
  client.gs2_header = "p=tls-unique,,";
  EXPECT_EQ(run(), "This connection has no such channel binding; tls-exporter is one of TLS 1.3");
}

// RFC 5802 section 6: it was offered, so who has not seen it talks to somebody else.
TEST_F(ScramPlus, a_client_that_was_kept_from_it_is_refused) {
  variant = SaslScram::Variant::unbound;
  client.gs2_header = "y,,";
  EXPECT_EQ(run(), "SCRAM-SHA-256-PLUS was offered here: somebody is between us");
  client.gs2_header = "n,,";  // one that never binds
  EXPECT_EQ(run(), "proved");
}

TEST_F(Scram, what_is_no_message_is_refused) {
  for (std::string_view message : {"", "n", "n,", "n,,", "n,,n=", "n,,n=user", "n,,n=user,r=", "n,,n=us=er,r=x",
                                   "n,,r=x,n=user", "n,,m=1,n=user,r=x", "x,,n=user,r=x", "n,b=x,n=user,r=x"}) {
    SaslScram mechanism(variant, random, connection);
    EXPECT_TRUE(std::holds_alternative<SaslMechanism::Malformed>(say(mechanism, std::string(message)))) << message;
  }
  for (std::string_view message :
       {"", "c=biws", "c=biws,r=x", "c=biws,r=x,p=", "c=biws,r=x,p=AAAA", "r=x,c=biws,p=AAAA"}) {
    SaslScram mechanism(variant, random, connection);
    (void)say(mechanism, client.first());
    (void)mechanism.resume(keys);
    EXPECT_TRUE(std::holds_alternative<SaslMechanism::Malformed>(say(mechanism, std::string(message)))) << message;
  }
}

}  // namespace
}  // namespace yubin::auth
