#include "auth/password.h"

#include <gtest/gtest.h>

#include "auth/password_of_user.h"

namespace yubin::auth {
namespace {

using namespace std::string_view_literals;

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
  EXPECT_TRUE(is_of(stored, GetParam()));
  EXPECT_TRUE(check_stored_password(stored));
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

// As Dovecot makes it: MD5 of "hanako:example.test:geheim 秘密".
TEST(Password, may_have_been_stored_with_the_users_name) {
  constexpr std::string_view kStored = "{DIGEST-MD5}e538b825e76e18b3373d82fef8d536ec";
  EXPECT_TRUE(check_stored_password(kStored));
  EXPECT_TRUE(verify_password_of("Hanako@example.test", "geheim 秘密", kStored).value());
  EXPECT_FALSE(verify_password_of("taro@example.test", "geheim 秘密", kStored).value());
  EXPECT_FALSE(verify_password_of("hanako@example.test", "geheim", kStored).value());
  EXPECT_TRUE(verify_password_of("taro@example.test", "x", "{PLAIN}x").value());
}

TEST(Password, that_was_cut_off_is_compared_as_far_as_it_goes) {
  EXPECT_TRUE(verify_password("geheimnis", "{PLAIN-TRUNC}6-geheim").value());
  EXPECT_FALSE(verify_password("gehei", "{PLAIN-TRUNC}6-geheim").value());
  EXPECT_FALSE(verify_password("geheimnis", "{PLAIN-TRUNC}7-geheim").value());
}

class Malformed : public testing::TestWithParam<std::string_view> {};

TEST_P(Malformed, is_an_error_and_no_login) {
  EXPECT_EQ(verify_password("x", GetParam()).error().code, Errc::syntax);
}

INSTANTIATE_TEST_SUITE_P(
    stored, Malformed,
    testing::Values("", "x", "{PLAIN}", "{PLAIN-TRUNC}x", "{PLAIN-TRUNC}1-", "{PLAIN-TRUNC}0-x", "{DIGEST-MD5}00",
                    "{MD5}x", "{PLAIN", "{}x", "{SSHA256}", "{SSHA256}x", "{SSHA256}====", "{SSHA256}AAAA",
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

// Made by `doveadm pw` of Dovecot 2.3 and by libxcrypt, for the password "geheim 秘密".
constexpr std::string_view kForeign[] = {
    "{PLAIN}geheim 秘密",
    "{CLEARTEXT}geheim 秘密",
    "{CLEAR}geheim 秘密",
    "{CRYPT}$2y$05$Dm9H4LcE6qjs/xJR.sL6GOlLW3073UD.pBeqofqLApn0z6U.vmNz6",
    "{MD5}$1$NFuOkWWt$2GG0MMfDLSKAuc5Q98Gi.1",
    "{MD5-CRYPT}$1$WUyQxQLT$ubR1O2KtA/KTqbmysY8eb1",
    "{DES-CRYPT}cerSRf8r.gTIU",
    "{SHA256-CRYPT}$5$rounds=1000$7R4xhwzL1kIWLocg$R2s/h/gf3YVz/EQrtDzKGjEIXvhVX/PMBSafoIhh6v2",
    "{SHA512-CRYPT}$6$rounds=1000$s1dovNxTcftWbgFv$PS/"
    "uTpTiaot4Hn1IH081U5i3I4x6ufsIiCOQ9uKcj0LsJBHGbSA.NnQRb9YPm2JMc8cgB1o6O56swPW5DVwD91",
    "{BLF-CRYPT}$2y$04$TLN3G8lMQsSBXhaRKKcqquExK30mf56iBUpdPvuCWYpa2Tp3XcK/.",
    "{SHA}N+zvpH/yDOnBThr8vu+fjFSb7Dg=",
    "{SHA1}N+zvpH/yDOnBThr8vu+fjFSb7Dg=",
    "{SHA256}R76hX7mO3aDSxtgRFJXWOiJ5QY3VQWO1NyR6iZ1gJug=",
    "{SHA512}Y+TPTLuDS9GdLkPF3gy6HZzcaxTyGe1mzZQl1xmStkEHbeTMnWeKL1wJ30XkVTStA9eub3z2E8UdDo33UcD+6w==",
    "{SMD5}nJgRcInZgJFtipokq8FP+2CJPAc=",
    "{SSHA}WsZPiZ6mgmG3zxWOsUxFAdx13wM0PQuf",
    "{SSHA256}bvW9rK6V4Pdjgur39faxq6CSN7v319i6kwAXfcJcLE/vQSSB",
    "{SSHA512}HNlVoMq3aLxMsJvr9bMMMDJytLWgH8IO6WkYyWZL3NkI3pseQbzpQeocU2WDyqW40MTFOS7slBVcX552ZYeql958IlM=",
    "{LDAP-MD5}2b0gqdCvXbt02CEqimEMaA==",
    "{PLAIN-MD5}d9bd20a9d0af5dbb74d8212a8a610c68",
    "{PLAIN-MD4}aa016e1cfa99dfa7277c2a08a888523d",
    "{PLAIN-TRUNC}100-geheim 秘密",
    "{CRAM-MD5}7d7737f254295ba400ac18e6c3dc391c3924cb0547384bf0bfbf9d44b2de8ee4",
    "{HMAC-MD5}7d7737f254295ba400ac18e6c3dc391c3924cb0547384bf0bfbf9d44b2de8ee4",
    "{SCRAM-SHA-1}4096,MgRU++wRD2dHnIxyffM0Ow==,yXBh/pZ/z1ieH7h09C+uBCH/El0=,dKW2jwtCulsoW5uEon5qo6Y6MdE=",
    "{SCRAM-SHA-256}4096,oEADF0d4J533Y6OYrIumWg==,+VbioaBXd7yy7gC1pIsAmaUiyFfV7DswHIkzPoK/vr4=,0+Ii5VG2FO/"
    "QyaJZl1Zzony+rFNFCP7eKiRaBEFKjYA=",
    "{PBKDF2}$1$YaznmJq.J7YV.umN$1000$133c1bc86329c6ab3bc4655c00609a3ffbdd5d59",
    "{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$VRFFdildBvsnvdbI8MBXIg$5ycmZT6wFOryVNG+pU1Iq7awM58lKFdkcDXjaBsTTnk",
    "{SHA256.HEX}47bea15fb98edda0d2c6d8111495d63a2279418dd54163b537247a899d6026e8",
    "{SHA256}47bea15fb98edda0d2c6d8111495d63a2279418dd54163b537247a899d6026e8",
    "{SSHA512.HEX}"
    "a4f29aab9f6438f0e6e2f3bd61ab19acfcda98bce6f4cbaacf4185058087aaa4fbb91afbc2f915d3bc99137fb3830b8668a9f51e9acee1f36b"
    "5a01169f1114e6d909c85d",
    "{SSHA.HEX}75c11d8f7292bb39aba2dfe83bf3e58a4d9ce3752dd5f33a",
    "{SHA512.B64}Y+TPTLuDS9GdLkPF3gy6HZzcaxTyGe1mzZQl1xmStkEHbeTMnWeKL1wJ30XkVTStA9eub3z2E8UdDo33UcD+6w==",
    "{PLAIN-MD5.B64}2b0gqdCvXbt02CEqimEMaA==",
    "{PLAIN.B64}Z2VoZWltIOenmOWvhg==",
    "{BLF-CRYPT.B64}JDJ5JDA0JEV5aWhTcG92NmJnd2dCUEhJZjIuWHUuazFmL1pyZzVrWVBQckJSa2guRTI3bXE4amljUzJt",
    "{CRYPT}$y$j75$abcdefghij.$jdWlPn1xa7su02VAovwJKskWyB2EZVZl0qSlggV5vR5",
    "{CRYPT}$7$4U..../....abcdefghij$6vwyN2lz6g21goYZYiSmn2vULgr8n2vl9xT4gDAv2a8",
    "{CRYPT}$gy$j75$abcdefghij.$aREJ4IZy/YmjrDTLm1u7xZexu5UyRvza4wxfH3OMpw9",
    "{CRYPT}$2a$04$abcdefghijklmnopqrstuuHiNUdPVFbl88JkPbbXx1lNwIa772dNC",
    "{BCRYPT}$2b$04$abcdefghijklmnopqrstuuHiNUdPVFbl88JkPbbXx1lNwIa772dNC",
    "{crypt}$5$rounds=1000$abc$PDZqc0Vm1uAHbGmOqEhv.tfG4x3VBAI85QA89gyq8m/",
    "{Crypt}$6$abc$q08AMtqLJleh3KdnHfb59Z3ELeXR6gpLp6Xo77otmnygWtcBKu0vKk0lYPf5GII.vSYdlCpVW7SO2K/Nje6Gl0",
    "{CRYPT}$1$abc$VRVJ0IVVbyC45TG5zomSs0",
    "{CRYPT}abOL3Wjvao9ug",
    "{CRYPT}_J9..abcd4yfJDbLBKNQ",
    "{CRYPT}$sha1$100$abc$gHkipiPsaaD7wEl98I.tOpyjv4By",
    "{CRYPT}$md5$abc$$XB62OSWVbYwK4egni9cQz/"};

class Foreign : public testing::TestWithParam<std::string_view> {};

TEST_P(Foreign, is_verified) {
  EXPECT_TRUE(check_stored_password(GetParam()));
  EXPECT_EQ(verify_password("geheim 秘密", GetParam()), Result<bool>(true));
  EXPECT_EQ(verify_password("geheim 秘密\0"sv, GetParam()), Result<bool>(false));
}

TEST_P(Foreign, is_no_other_password) {
  // The old DES looks at eight bytes.
  for (std::string_view other : {"", "geheim", "Geheim 秘密"})
    EXPECT_EQ(verify_password(other, GetParam()), Result<bool>(false)) << other;
}

INSTANTIATE_TEST_SUITE_P(all, Foreign, testing::ValuesIn(kForeign));

TEST(Password, what_cannot_be_verified_is_named) {
  EXPECT_EQ(check_stored_password("{OTP}00").error().detail,
            "passwords stored in the scheme \"OTP\" cannot be verified");
  EXPECT_EQ(check_stored_password("$6$x$y").error().detail,
            "a stored password begins with its scheme in braces, as in {CRYPT}$6$…");
  EXPECT_EQ(check_stored_password("{SHA.UTF7}00").error().detail, "a hash is not encoded in \"SHA.UTF7\"");
  EXPECT_EQ(check_stored_password("{CRYPT}$9$x").error().detail,
            "the stored password is of a method that crypt(3) here does not know");
}

TEST(Password, foreign_hashes_that_cost_too_much_are_refused) {
  for (std::string_view stored :
       {"{CRYPT}$6$rounds=1000001$abc$x", "{CRYPT}$2y$15$abcdefghijklmnopqrstuuHiNUdPVFbl88JkPbbXx1lNwIa772dNC",
        "{CRYPT}$y$jET$abc$x", "{CRYPT}$7$FU..../....abc$x", "{CRYPT}$7$4z..../....abc$x",
        "{CRYPT}_zzzzabcd4yfJDbLBKNQ", "{CRYPT}$sha1$1000001$abc$x", "{CRYPT}$md5,rounds=100001$abc$$x",
        "{PBKDF2}$1$salt$1000001$133c1bc86329c6ab3bc4655c00609a3ffbdd5d59",
        "{SCRAM-SHA-1}1000001,MgRU++wRD2dHnIxyffM0Ow==,yXBh/pZ/z1ieH7h09C+uBCH/El0=,dKW2jwtCulsoW5uEon5qo6Y6MdE="})
    EXPECT_EQ(check_stored_password(stored).error().code, Errc::limit) << stored;
}

// RFC 7677 section 3
TEST(Password, keys_of_scram_are_those_of_the_rfc) {
  std::string const salt = "\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0\x4b\x14\x12\x36\xfa\x81";
  ScramKeys const keys = ScramKeys::make("SHA256", "pencil", salt, 4096).value();
  EXPECT_EQ(keys.text(),
            "4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
            "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
  EXPECT_EQ(ScramKeys::parse(keys.text(), "SHA256").value(), keys);
}

TEST(Password, a_record_may_have_keys_of_scram_too) {
  SeededRandom random(1);
  std::string const record =
      hash_password("x", Scheme::ssha256_fast, random).value() + "\n" + make_scram_line("x", random).value();
  EXPECT_TRUE(check_stored_password(record));
  EXPECT_TRUE(verify_password("x", record).value());
  ScramKeys const keys = scram_keys_of(record).value();
  EXPECT_EQ(keys, ScramKeys::make("SHA256", "x", keys.salt, kScramIterations).value());
  EXPECT_FALSE(scram_keys_of("{PLAIN}x"));
  EXPECT_FALSE(check_stored_password(record + "\n{NONESUCH}x"));
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
