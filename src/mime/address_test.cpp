#include "mime/address.h"

#include <gtest/gtest.h>

namespace yubin::mime {
namespace {

struct Row {
  std::string_view input;
  std::string_view text;  // empty: must be refused
};

class AddressForms : public testing::TestWithParam<Row> {};

TEST_P(AddressForms, parse) {
  auto address = Address::parse(GetParam().input);
  if (GetParam().text.empty()) {
    EXPECT_FALSE(address) << GetParam().input;
    return;
  }
  ASSERT_TRUE(address) << GetParam().input << ": " << address.error().detail;
  EXPECT_EQ(address->text(), GetParam().text);
  EXPECT_EQ(Address::parse(address->text()).value(), *address);
}

INSTANTIATE_TEST_SUITE_P(
    rfc5321, AddressForms,
    testing::Values(
        Row{"Hanako@Example.TEST", "Hanako@example.test"}, Row{"a@b.", "a@b"},
        Row{R"("a b"@example.test)", R"("a b"@example.test)"}, Row{R"("a@b"@example.test)", R"("a@b"@example.test)"},
        Row{R"("plain"@example.test)", "plain@example.test"}, Row{R"("q\"x"@example.test)", R"("q\"x"@example.test)"},
        Row{"u@[192.0.2.1]", "u@[192.0.2.1]"}, Row{"u@[IPv6:2001:DB8::1]", "u@[ipv6:2001:db8::1]"},
        Row{"花子@例え.テスト", "花子@xn--r8jz45g.xn--zckzah"}, Row{"", ""}, Row{"@example.test", ""}, Row{"a@", ""},
        Row{"a", ""}, Row{"a b@example.test", ""}, Row{"a@b c", ""}, Row{"a@-b", ""}, Row{"a@b..c", ""},
        Row{"a@[300.1.1.1]", ""}, Row{"\"a\nb\"@example.test", ""}, Row{std::string_view("a@[192.0.2.1\0]", 14), ""},
        Row{"a\r\n@example.test", ""}, Row{"\"a\"b@example.test", ""}, Row{"a@b@c.test", ""}));

// Addresses that carriers gave out until 2009 and that are still in use.
INSTANTIATE_TEST_SUITE_P(carriers, AddressForms,
                         testing::Values(Row{"a..b@docomo.ne.jp", "a..b@docomo.ne.jp"},
                                         Row{"a.@docomo.ne.jp", "a.@docomo.ne.jp"},
                                         Row{".a@ezweb.ne.jp", ".a@ezweb.ne.jp"},
                                         Row{R"("a..b"@docomo.ne.jp)", "a..b@docomo.ne.jp"}));

TEST(Address, folds_ascii_case_only_and_keeps_the_sent_case) {
  Address address = Address::parse("HaNaKo.Ä@example.test").value();
  EXPECT_EQ(address.local_part().text(), "HaNaKo.Ä");
  EXPECT_EQ(address.folded(), "hanako.Ä@example.test");
}

TEST(Address, limits) {
  EXPECT_TRUE(Address::parse(std::string(64, 'a') + "@b"));
  EXPECT_FALSE(Address::parse(std::string(65, 'a') + "@b"));
  EXPECT_FALSE(Address::parse("a@" + std::string(64, 'b')));
  std::string labels;
  for (int i = 0; i < 64; ++i) labels += "abc.";
  EXPECT_FALSE(Address::parse("a@" + labels + "x"));
}

TEST(Domain, shows_u_labels) {
  EXPECT_EQ(Domain::parse("xn--r8jz45g.jp").value().unicode(), "例え.jp");
}

}  // namespace
}  // namespace yubin::mime
