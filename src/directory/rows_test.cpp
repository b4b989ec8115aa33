#include "directory/rows.h"

#include <gtest/gtest.h>

namespace yubin::directory {
namespace {

using namespace std::string_literals;

mime::Address address(std::string_view text) {
  return mime::Address::parse(text).value();
}
mime::Domain domain(std::string_view text) {
  return mime::Domain::parse(text).value();
}

TEST(Rows, keys_are_what_the_format_says) {
  EXPECT_EQ(counter_key(), "c");
  EXPECT_EQ(domain_key(domain("Example.test")), "dexample.test");
  EXPECT_EQ(account_key(AccountId(0x102)), "a\0\0\0\0\0\0\1\2"s);
  EXPECT_EQ(app_password_key(AccountId(1), std::string(32, 'd')), "p\0\0\0\0\0\0\0\1"s + std::string(32, 'd'));
  EXPECT_EQ(name_key(address("HaNaKo@Example.test")), "nexample.test\0hanako"s);
  EXPECT_EQ(signing_key_key(domain("Example.test"), "s"), "gexample.test\0s"s);
}

TEST(Rows, names_of_a_domain_stand_together) {
  kv::Range range = name_rows_of(domain("b.test"));
  auto inside = [&](std::string_view text) {
    std::string key = name_key(address(text));
    return range.from <= key && key < range.to;
  };
  EXPECT_TRUE(inside("a@b.test"));
  EXPECT_TRUE(inside("\xf4\x8f\xbf\xbf@b.test"));
  EXPECT_FALSE(inside("a@a.b.test"));
  EXPECT_FALSE(inside("a@b.test.a"));
  EXPECT_FALSE(inside("a@b.tes"));
}

TEST(Rows, records_are_what_the_format_says) {
  Domain with_admin{.name = domain("a.test"), .created = 64, .admin = address("h@a.test")};
  EXPECT_EQ(encode_domain(with_admin), "\1\6a.test\x80\1\x8h@a.test\0\0"s);
  Account account{.id = AccountId(300), .address = address("H@a.test"), .password = "{X}y", .created = -1};
  EXPECT_EQ(encode_account(account), "\1\xac\2\x8H@a.test\4{X}y\1"s);
  EXPECT_EQ(encode_name(ToAccount{AccountId(1), address("H@a.test")}), "\1\1\1\x8H@a.test"s);
  EXPECT_EQ(encode_name(Alias{address("i@a.test"), {address("a@b"), address("c@d")}}), "\1\2\x8i@a.test\2\3a@b\3c@d"s);
  AppPassword app;
  app.name = "fax";
  app.services = LoginServices(1);
  app.networks = {IpNetwork::parse("192.0.2.7").value()};
  app.created = 64;
  app.last_used = 65;
  app.last_peer = "::1";
  EXPECT_EQ(encode_app_password(app),
            "\1\3fax\1\1\xc"
            "192.0.2.7/32\x80\1\x82\1\3::1"s);
  EXPECT_EQ(decode_app_password(encode_app_password(app)).value(), app);
  SigningKey signing{.domain = domain("a.test"), .selector = "s", .kind = SigningKey::Kind::ed25519};
  signing.state = SigningKey::State::active;
  signing.created = 64;
  signing.since = 65;
  signing.checked = 66;
  signing.found = "f";
  signing.public_part = "pub";
  signing.private_part = "priv";
  EXPECT_EQ(encode_signing_key(signing), "\1\6a.test\1s\2\2\x80\1\x82\1\x84\1\1f\3pub\4priv"s);
  EXPECT_EQ(decode_signing_key(encode_signing_key(signing)).value(), signing);
  EXPECT_EQ(encode_secret("ab"), "\1\2ab"s);
  EXPECT_EQ(encode_counter(AccountId(128)), "\1\x80\1"s);
}

TEST(Rows, records_come_back) {
  Domain plain{.name = domain("a.test"), .created = 1'700'000'000, .admin = {}};
  EXPECT_EQ(decode_domain(encode_domain(plain)).value(), plain);
  plain.admin = address("\"a b\"@[192.0.2.1]");
  plain.catch_all = address("all@elsewhere.test");
  plain.alias_of = domain("b.test");
  EXPECT_EQ(decode_domain(encode_domain(plain)).value(), plain);
  Account account{.id = AccountId(~0ull), .address = address("花子@a.test"), .password = "", .created = INT64_MIN};
  EXPECT_EQ(decode_account(encode_account(account)).value(), account);
}

template <class Decode>
void expect_refused_when_damaged(std::string record, Decode decode) {
  ASSERT_TRUE(decode(record));
  for (std::size_t length = 0; length < record.size(); ++length) {
    auto cut = decode(record.substr(0, length));
    ASSERT_FALSE(cut) << length;
    EXPECT_EQ(cut.error().code, Errc::corrupt);
  }
  EXPECT_EQ(decode(record + "x").error().code, Errc::corrupt);
  record[0] = 2;
  EXPECT_EQ(decode(record).error().code, Errc::corrupt);
}

TEST(Rows, damaged_records_are_corrupt) {
  expect_refused_when_damaged(encode_domain({.name = domain("a.test"), .created = 1, .admin = address("h@a.test")}),
                              decode_domain);
  expect_refused_when_damaged(
      encode_account({.id = AccountId(1), .address = address("h@a.test"), .password = "{X}y", .created = 1}),
      decode_account);
  expect_refused_when_damaged(encode_name(ToAccount{AccountId(1), address("h@a.test")}), decode_name);
  expect_refused_when_damaged(encode_name(Alias{address("i@a.test"), {address("a@b"), address("c@d")}}), decode_name);
  AppPassword app;
  app.name = "iPhone";
  app.networks = {IpNetwork::parse("192.0.2.0/24").value()};
  app.last_peer = "::1";
  expect_refused_when_damaged(encode_app_password(app), decode_app_password);
  SigningKey const signing{.domain = domain("a.test"), .selector = "s", .found = "f"};
  expect_refused_when_damaged(encode_signing_key(signing), decode_signing_key);
  expect_refused_when_damaged(encode_secret("x"), decode_secret);
  expect_refused_when_damaged(encode_counter(AccountId(1)), decode_counter);
}

}  // namespace
}  // namespace yubin::directory
