#include "auth/token_verifier.h"

#include <gtest/gtest.h>

#include "auth/token_kit.h"

namespace yubin::auth {
namespace {

constexpr WallTime kNow{std::chrono::seconds(1'800'000'000)};

struct Tokens : testing::Test {
  // The address, or why there is none.
  std::string verify(std::string_view claims) {
    auto const address = verifier.verify(signer.sign(claims), kNow);
    return address ? *address : address.error().detail;
  }
  kit::Signer signer{"EdDSA", "one"};
  TokenVerifier verifier =
      TokenVerifier::make(kit::set_of({signer}), {.issuer = "https://id.example.org/", .audience = "mail"}).value();
};

TEST_F(Tokens, that_are_good_tell_the_address) {
  constexpr std::string_view kWhole =
      R"("iss":"https://id.example.org/","exp":1800000001,"email":"hanako@example.test")";
  auto with = [&](std::string_view more) { return verify("{" + std::string(kWhole) + std::string(more) + "}"); };
  EXPECT_EQ(with(R"(,"aud":"mail")"), "hanako@example.test");
  EXPECT_EQ(with(R"(,"aud":["web","mail"])"), "hanako@example.test");
  EXPECT_EQ(with(R"(,"aud":"mail","nbf":1800000060)"), "hanako@example.test");
  EXPECT_EQ(with(R"(,"aud":"mail","email_verified":true)"), "hanako@example.test");
  EXPECT_EQ(with(R"(,"aud":"mail","email_verified":"true")"), "hanako@example.test");
  EXPECT_EQ(with(R"(,"aud":"mail","email_verified":false)"), "the token's address was not verified");
  EXPECT_EQ(with(R"(,"aud":"mail","nbf":1800000061)"), "the token is not good yet");
  EXPECT_EQ(with(R"(,"aud":"mail","nbf":"now")"), "the token is not good yet");
  EXPECT_EQ(with(R"(,"aud":["web"])"), "the token is for others");
  EXPECT_EQ(with(R"(,"aud":{"mail":1})"), "the token is for others");
  EXPECT_EQ(with(""), "the token is for others");
}

TEST_F(Tokens, are_of_one_issuer_and_for_a_time) {
  auto claims = [](std::string_view issuer, std::string_view expires) {
    return fmt::format(R"({{"iss":"{}","aud":"mail","email":"a@example.test"{}}})", issuer, expires);
  };
  constexpr std::string_view kIssuer = "https://id.example.org/";
  EXPECT_EQ(verify(claims(kIssuer, R"(,"exp":1799999941)")), "a@example.test");  // the clocks differ
  EXPECT_EQ(verify(claims(kIssuer, R"(,"exp":1799999940.5)")), "a@example.test");
  EXPECT_EQ(verify(claims(kIssuer, R"(,"exp":1799999940)")), "the token has expired");
  EXPECT_EQ(verify(claims(kIssuer, R"(,"exp":-1)")), "the token has expired");
  EXPECT_EQ(verify(claims(kIssuer, R"(,"exp":"1900000000")")), "the token does not say when it expires");
  EXPECT_EQ(verify(claims(kIssuer, "")), "the token does not say when it expires");
  EXPECT_EQ(verify(claims("https://id.example.org", R"(,"exp":1900000000)")), "the token is of another issuer");
}

TEST_F(Tokens, without_the_claim_speak_for_nobody) {
  constexpr std::string_view kBegin = R"({"iss":"https://id.example.org/","aud":"mail","exp":1900000000)";
  EXPECT_EQ(verify(std::string(kBegin) + "}"), "the token has no claim \"email\"");
  EXPECT_EQ(verify(std::string(kBegin) + R"(,"email":["a@b"]})"), "the token has no claim \"email\"");
  EXPECT_EQ(verify("payload"), "the token holds no claims");
}

TEST_F(Tokens, of_another_signer_are_refused) {
  kit::Signer const other("EdDSA", "one");
  EXPECT_EQ(verifier.verify(other.sign("{}"), kNow).error().detail, "the token's signature is wrong");
}

TEST_F(Tokens, that_are_refused_are_answered_as_the_RFC_says) {
  EXPECT_EQ(
      verifier.refusal(),
      R"({"status":"invalid_token","openid-configuration":"https://id.example.org/.well-known/openid-configuration"})");
}

}  // namespace
}  // namespace yubin::auth
