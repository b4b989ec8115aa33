#include "auth/json_web_signature.h"

#include <gtest/gtest.h>

#include "auth/token_kit.h"

namespace yubin::auth {
namespace {

using kit::Signer;

std::string problem_of(std::string_view token, std::string_view keys) {
  auto const set = JsonWebKeys::parse(keys);
  if (!set) return set.error().detail;
  auto const signed_text = JsonWebSignature::parse(token);
  if (!signed_text) return signed_text.error().detail;
  auto const verified = set->verify(*signed_text);
  return verified ? "" : verified.error().detail;
}

constexpr std::string_view kWrong = "the token's signature is wrong";
constexpr std::string_view kUnknown = "the token is signed by none of the known keys";

// RFC 8037 appendices A.2 and A.4
TEST(JsonWebSignature, of_the_RFC_is_verified) {
  constexpr std::string_view kKeys =
      R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
  std::string const token =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_EQ(problem_of(token, kKeys), "");
  EXPECT_EQ(JsonWebSignature::parse(token)->payload, "Example of Ed25519 signing");
  std::string forged = token;
  forged[30] = forged[30] == 'a' ? 'b' : 'a';
  EXPECT_EQ(problem_of(forged, kKeys), kWrong);
}

struct WithKeys : testing::TestWithParam<char const*> {
  Signer signer{GetParam(), "one"};
  Signer other{GetParam(), "two"};
};

TEST_P(WithKeys, who_has_the_key_signs) {
  std::string const token = signer.sign("payload");
  EXPECT_EQ(problem_of(token, kit::set_of({signer})), "");
  EXPECT_EQ(problem_of(token, kit::set_of({other, signer})), "");
  EXPECT_EQ(problem_of(token, kit::set_of({other})), kUnknown);
  EXPECT_EQ(problem_of(signer.sign_as("two", "payload"), kit::set_of({other})), kWrong);
  EXPECT_EQ(problem_of(signer.sign_as("", "payload"), kit::set_of({other, signer})), "");
}

TEST_P(WithKeys, a_changed_text_or_signature_is_refused) {
  std::string const token = signer.sign("payload");
  std::string const keys = kit::set_of({signer});
  std::string const header = token.substr(0, token.find('.'));
  std::string const signature = token.substr(token.rfind('.') + 1);
  EXPECT_EQ(problem_of(header + "." + to_base64url("Payload") + "." + signature, keys), kWrong);
  EXPECT_EQ(problem_of(header + "." + to_base64url("payload") + ".", keys), kWrong);
  EXPECT_EQ(problem_of(header + "." + to_base64url("payload") + "." + to_base64url(std::string(64, '\0')), keys),
            kWrong);
}

INSTANTIATE_TEST_SUITE_P(algorithms, WithKeys, testing::Values("RS256", "ES256", "EdDSA"));

// The public key is known to all, so it must never be taken for a secret, and no header chooses how it is used.
TEST(JsonWebSignature, a_header_cannot_choose_another_algorithm) {
  Signer const rsa("RS256", "one");
  std::string const keys = kit::set_of({rsa});
  for (std::string_view algorithm : {"none", "HS256", "RS512", "ES256", "rs256", ""})
    EXPECT_EQ(problem_of(rsa.sign_with_header(R"({"alg":")" + std::string(algorithm) + R"("})", "payload"), keys),
              kUnknown);
  EXPECT_EQ(problem_of(rsa.sign_with_header(R"({"kid":"one"})", "payload"), keys), kUnknown);
  EXPECT_EQ(problem_of(rsa.sign_with_header(R"({"alg":"RS256","crit":["exp"],"exp":1})", "payload"), keys),
            "the token needs an extension that is not known here");
}

TEST(JsonWebSignature, what_is_no_token_is_refused) {
  Signer const signer("EdDSA", "one");
  std::string const keys = kit::set_of({signer});
  for (std::string_view token :
       {"", ".", "..", "a.b", "e30.e30", "e30=.e30.e30", "e30.e3 0.e30", "W10.e30.e30", "a.b.c.d"})
    EXPECT_NE(problem_of(token, keys), "") << token;
  EXPECT_EQ(problem_of(std::string(17 * 1024, 'a'), keys), "the token is too long");
}

TEST(JsonWebKeys, of_other_kinds_are_passed_over) {
  Signer const signer("ES256", "one");
  std::string const key = signer.public_key();
  auto size = [](std::string const& keys) {
    auto const set = JsonWebKeys::parse(R"({"keys":[)" + keys + "]}");
    return set ? set->size() : 0;
  };
  EXPECT_EQ(size(key), 1u);
  EXPECT_EQ(
      size(key + R"(,{"kty":"oct","k":"AAAA"},{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-521"},{})"), 1u);
  std::string const member = R"("kty":"EC")";
  auto with = [&](std::string const& more) {
    std::string changed = key;
    return changed.replace(changed.find(member), member.size(), member + more);
  };
  EXPECT_EQ(size(with(R"(,"use":"sig","alg":"ES256")")), 1u);
  EXPECT_EQ(size(with(R"(,"use":"enc")")), 0u);
  EXPECT_EQ(size(with(R"(,"alg":"ES512")")), 0u);
}

TEST(JsonWebKeys, a_file_that_is_none_is_refused_in_words) {
  EXPECT_EQ(problem_of("", ""), "that is no JSON object");
  EXPECT_EQ(problem_of("", "{}"), "there is no list \"keys\"");
  EXPECT_EQ(problem_of("", R"({"keys":[1]})"), "a key is no object");
  EXPECT_EQ(problem_of("", R"({"keys":[]})"), "there is no public key for RS256, ES256 or EdDSA (Ed25519)");
}

}  // namespace
}  // namespace yubin::auth
