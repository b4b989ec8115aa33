#include "auth/sasl.h"

#include <gtest/gtest.h>

#include <vector>

namespace yubin::auth {
namespace {

using namespace std::string_literals;
using Messages = std::vector<std::optional<std::string>>;

// The dialogue as text: challenges in brackets, then how it ends.
std::string run(std::string_view mechanism, Messages const& messages) {
  SeededRandom random(1);
  SaslConnection const connection;
  auto exchange = make_sasl_mechanism(mechanism, random, connection);
  std::string out;
  for (auto const& message : messages) {
    auto step = exchange->step(message ? std::optional<Secret>(std::in_place, *message) : std::nullopt);
    if (auto* challenge = std::get_if<SaslChallenge>(&step)) {
      out += "[" + challenge->bytes + "]";
      continue;
    }
    auto* check = std::get_if<SaslMechanism::CheckPassword>(&step);
    if (!check) return out + std::get<SaslMechanism::Malformed>(step).text;
    return out + check->user + "/" + std::string(check->password.view()) + "/" + check->authzid;
  }
  return out;
}

TEST(Sasl, plain_takes_one_message) {
  EXPECT_EQ(run("PLAIN", {"\0tim\0secret"s}), "tim/secret/");
  EXPECT_EQ(run("PLAIN", {std::nullopt, "admin\0tim\0secret"s}), "[]tim/secret/admin");
  EXPECT_EQ(run("PLAIN", {""}), "That is not a message of PLAIN");
  EXPECT_EQ(run("PLAIN", {std::nullopt, "tim"}), "[]That is not a message of PLAIN");
}

TEST(Sasl, login_asks_for_name_and_password) {
  EXPECT_EQ(run("LOGIN", {std::nullopt, "tim", "secret"}), "[Username:][Password:]tim/secret/");
  EXPECT_EQ(run("LOGIN", {"tim", "secret"}), "[Password:]tim/secret/");
  EXPECT_EQ(run("LOGIN", {"tim", ""}), "[Password:]That is not an answer of LOGIN");
  EXPECT_EQ(run("LOGIN", {""}), "That is not an answer of LOGIN");
  EXPECT_EQ(run("LOGIN", {"tim", std::string(1025, 'x')}), "[Password:]That is not an answer of LOGIN");
}

TEST(Sasl, knows_no_other_mechanism) {
  SeededRandom random(1);
  SaslConnection const connection;
  for (std::string_view name : {"CRAM-MD5", "plain", ""})
    EXPECT_EQ(make_sasl_mechanism(name, random, connection), nullptr) << name;
  for (std::string_view name : sasl_mechanisms()) EXPECT_NE(make_sasl_mechanism(name, random, connection), nullptr);
}

}  // namespace
}  // namespace yubin::auth
