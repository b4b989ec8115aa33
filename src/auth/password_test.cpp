#include "auth/password.h"

#include <gtest/gtest.h>

namespace yubin::auth {
namespace {

// Made by others: a test vector of the Argon2 reference implementation, and Python's hashlib.
constexpr std::string_view kForeignArgon2id =
    "{ARGON2ID}$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
constexpr std::string_view kForeignSsha256 = "{SSHA256}+E+iFJ27Yu1ODPH1UNKUmzOmUT06dwfghQJRHHnMsO5zYWx0";

struct Schemes : testing::TestWithParam<Scheme> {
  SeededRandom random{1};
};

TEST_P(Schemes, the_password_is_verified_and_no_other) {
  std::string stored = hash_password("geheim 秘密", GetParam(), random).value();
  EXPECT_TRUE(verify_password("geheim 秘密", stored).value());
  EXPECT_FALSE(verify_password("geheim 秘", stored).value());
  EXPECT_FALSE(verify_password("", stored).value());
  EXPECT_EQ(scheme_of(stored).value(), GetParam());
}

TEST_P(Schemes, one_password_hashes_differently_each_time) {
  EXPECT_NE(hash_password("x", GetParam(), random).value(), hash_password("x", GetParam(), random).value());
}

TEST_P(Schemes, a_password_may_hold_zero_bytes) {
  std::string stored = hash_password(std::string_view("a\0b", 3), GetParam(), random).value();
  EXPECT_TRUE(verify_password(std::string_view("a\0b", 3), stored).value());
  EXPECT_FALSE(verify_password("a", stored).value());
}

INSTANTIATE_TEST_SUITE_P(all, Schemes, testing::Values(Scheme::argon2id, Scheme::ssha256_fast));

TEST(Password, argon2id_is_stored_with_its_costs) {
  SeededRandom random(1);
  std::string stored = hash_password("x", Scheme::argon2id, random).value();
  EXPECT_TRUE(stored.starts_with("{ARGON2ID}$argon2id$v=19$m=19456,t=2,p=1$")) << stored;
}

TEST(Password, hashes_of_other_programs_are_verified) {
  EXPECT_TRUE(verify_password("password", kForeignArgon2id).value());
  EXPECT_FALSE(verify_password("Password", kForeignArgon2id).value());
  EXPECT_TRUE(verify_password("secret", kForeignSsha256).value());
  EXPECT_FALSE(verify_password("Secret", kForeignSsha256).value());
}

TEST(Password, the_name_of_the_scheme_is_found_in_any_case) {
  EXPECT_TRUE(verify_password("secret", "{ssha256}" + std::string(kForeignSsha256.substr(9))).value());
}

class Malformed : public testing::TestWithParam<std::string_view> {};

TEST_P(Malformed, is_an_error_and_no_login) {
  EXPECT_EQ(verify_password("x", GetParam()).error().code, Errc::syntax);
}

INSTANTIATE_TEST_SUITE_P(
    stored, Malformed,
    testing::Values("", "x", "{PLAIN}x", "{MD5}x", "{SSHA256}", "{SSHA256}x", "{SSHA256}====", "{SSHA256}AAAA",
                    // a digest without salt
                    "{SSHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", "{ARGON2ID}", "{ARGON2ID}$argon2id$",
                    "{ARGON2ID}$argon2id$v=19$m=19456,t=2$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
                    "{ARGON2ID}$argon2id$v=19$m=-1,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
                    "{ARGON2ID}$argon2i$v=19$m=64,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"));

TEST(Password, a_hash_that_costs_too_much_is_refused) {
  for (std::string_view costs : {"m=262145,t=2,p=1", "m=64,t=17,p=1", "m=1024,t=2,p=17"}) {
    std::string stored = "{ARGON2ID}$argon2id$v=19$" + std::string(costs) + "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA";
    EXPECT_EQ(verify_password("x", stored).error().code, Errc::limit) << costs;
  }
}

// Short texts lie inside the string object, long ones outside it.
class SecretOf : public testing::TestWithParam<std::string> {};

TEST_P(SecretOf, leaves_nothing_where_it_was_moved_from) {
  Secret first((std::string(GetParam())));
  char const* inside = reinterpret_cast<char const*>(&first);
  Secret second(std::move(first));
  EXPECT_EQ(second.view(), GetParam());
  EXPECT_EQ(first.view(), "");  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(std::string_view(inside, sizeof(Secret)).find(GetParam().substr(0, 8)), std::string_view::npos);
  first = std::move(second);
  EXPECT_EQ(first.view(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(length, SecretOf, testing::Values("password", std::string(100, 'p')));

}  // namespace
}  // namespace yubin::auth
