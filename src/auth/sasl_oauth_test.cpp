#include "auth/sasl_oauth.h"

#include <gtest/gtest.h>

namespace yubin::auth {
namespace {

using namespace std::string_literals;

std::string text_of(Result<OAuthMessage> const& message) {
  return message ? message->user + "/" + std::string(message->token.view()) : message.error().detail;
}

constexpr std::string_view kMalformed = "That is not a message of this mechanism";

// RFC 7628 section 4.1
TEST(OAuthBearer, shows_a_token_and_may_say_for_whom) {
  EXPECT_EQ(text_of(oauth_bearer_message("n,a=user@example.com,\x01host=server.example.com\x01port=143\x01"
                                         "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"s)),
            "user@example.com/vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
  EXPECT_EQ(text_of(oauth_bearer_message("n,,\x01"s + "auth=bearer  t\x01\x01"s)), "/t");
  EXPECT_EQ(text_of(oauth_bearer_message("y,a=x=2Cy,\x01"s + "auth=Bearer t\x01\x01"s)), "x,y/t");
}

TEST(OAuthBearer, else_is_refused) {
  for (std::string const& message :
       {""s, "n,,"s, "n,,\x01"s, "n,,\x01\x01"s, "n,,\x01"s + "auth=Bearer t\x01"s, "n,,\x01"s + "auth=Bearer t"s,
        "n,,\x01"s + "auth=Basic t\x01\x01"s, "n,,\x01"s + "auth=Bearer \x01\x01"s, "n,,auth=Bearer t\x01\x01"s,
        "p=tls-exporter,,\x01"s + "auth=Bearer t\x01\x01"s, "n,,\x01"s + "auth=Bearer t\x01\x01x"s,
        "n,,\x01"s + "x\x01"s + "auth=Bearer t\x01\x01"s,
        "n,,\x01"s + "auth=Bearer "s + std::string(20'000, 't') + "\x01\x01"})
    EXPECT_EQ(text_of(oauth_bearer_message(message)), kMalformed) << message;
}

TEST(XOAuth2, says_the_same_in_its_own_way) {
  EXPECT_EQ(text_of(xoauth2_message("user=someuser@example.com\x01"s + "auth=Bearer ya29.vF9\x01\x01"s)),
            "someuser@example.com/ya29.vF9");
  EXPECT_EQ(text_of(xoauth2_message("auth=Bearer ya29.vF9\x01\x01"s)), "/ya29.vF9");
  EXPECT_EQ(text_of(xoauth2_message("user=a@example.com\x01\x01"s)), kMalformed);
}

TEST(OAuth, ends_after_the_refusal_was_heard) {
  SaslOAuth mechanism(&oauth_bearer_message);
  auto say = [&](std::string text) { return mechanism.step(std::optional<Secret>(std::in_place, std::move(text))); };
  EXPECT_EQ(std::get<SaslChallenge>(mechanism.step(std::nullopt)).bytes, "");
  auto const step = say("n,a=u,\x01"s + "auth=Bearer t\x01\x01"s);
  EXPECT_EQ(std::get<SaslMechanism::CheckToken>(step).user, "u");
  EXPECT_EQ(std::get<SaslChallenge>(mechanism.refused("{}")).bytes, "{}");
  EXPECT_TRUE(std::holds_alternative<SaslMechanism::Failed>(say("\x01")));
}

}  // namespace
}  // namespace yubin::auth
