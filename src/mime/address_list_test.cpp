#include "mime/address_list.h"

#include <gtest/gtest.h>

namespace yubin::mime {
namespace {

// Entries as name<route:local@domain>; groups as {name ... }.
std::string show(AddressList const& list) {
  std::string out;
  for (ListedAddress const& a : list) {
    if (a.kind == ListedAddress::Kind::group_begin) out += "{" + a.name + " ";
    if (a.kind == ListedAddress::Kind::group_end) out += "}";
    if (a.kind != ListedAddress::Kind::mailbox) continue;
    out += a.name + "<" + (a.route.empty() ? "" : a.route + ":") + a.local_part + "@" + a.domain + ">";
  }
  return out;
}

struct Row {
  std::string_view input;
  std::string_view list;
};

class AddressLists : public testing::TestWithParam<Row> {};

TEST_P(AddressLists, parse) {
  ParsedAddressList parsed = parse_address_list(GetParam().input);
  EXPECT_EQ(show(parsed.addresses), GetParam().list) << GetParam().input;
  EXPECT_TRUE(parsed.complete);
}

// Most are examples of RFC 5322 appendix A.
INSTANTIATE_TEST_SUITE_P(
    rfc5322, AddressLists,
    testing::Values(
        Row{"John Doe <jdoe@machine.example>", "John Doe<jdoe@machine.example>"},
        Row{R"("Joe Q. Public" <john.q.public@example.com>)", "Joe Q. Public<john.q.public@example.com>"},
        Row{"Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
            "Mary Smith<mary@x.test><jdoe@example.org>Who?<one@y.test>"},
        Row{R"(<boss@nil.test>, "Giant; \"Big\" Box" <sysservices@example.net>)",
            R"(<boss@nil.test>Giant; "Big" Box<sysservices@example.net>)"},
        Row{"A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
            "{A Group Ed Jones<c@a.test><joe@where.test>John<jdoe@one.test>}"},
        Row{"Undisclosed recipients:;", "{Undisclosed recipients }"},
        Row{R"(Pete(A nice \) chap) <pete(his account)@silly.test(his host)>)", "Pete<pete@silly.test>"},
        Row{"A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n joe@example.org,"
            "\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)",
            "{A Group Chris Jones<c@public.example><joe@example.org>John<jdoe@one.test>}"},
        Row{"(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", "{Hidden recipients }"},
        Row{"Joe Q. Public <john.q.public@example.com>", "Joe Q. Public<john.q.public@example.com>"},
        Row{"Mary Smith <@node.test,@b.test:mary@example.net>, , jdoe@test  . example",
            "Mary Smith<@node.test,@b.test:mary@example.net><jdoe@test.example>"},
        Row{"John Doe <jdoe@machine(comment).  example>", "John Doe<jdoe@machine.example>"},
        Row{"a@[192.0.2.1], <b@[IPv6:::1]>", "<a@[192.0.2.1]><b@[IPv6:::1]>"},
        Row{R"("a b"@c, <"d@e"@f>)", "<a b@c><d@e@f>"}, Row{"jdoe@a.test (John Doe)", "John Doe<jdoe@a.test>"},
        Row{"<a@b> (Taro)", "Taro<a@b>"}, Row{"", ""}, Row{" , ,", ""}));

INSTANTIATE_TEST_SUITE_P(
    wild, AddressLists,
    testing::Values(Row{"a..b@docomo.ne.jp, .c@ezweb.ne.jp, <d.@docomo.ne.jp>",
                        "<a..b@docomo.ne.jp><.c@ezweb.ne.jp><d.@docomo.ne.jp>"},
                    Row{"a@b.c <a@b.c>", "a@b.c<a@b.c>"}, Row{"\"a@b.c\" <d@e>", "a@b.c<d@e>"},
                    Row{"Taro Yamada a@b", "Taro Yamada<a@b>"}, Row{"a@b c@d", "<a@b><c@d>"},
                    Row{"<a@b> <c@d>", "<a@b><c@d>"}, Row{"X <a@b><c@d>", "X<a@b><c@d>"}, Row{"a@b; c@d", "<a@b><c@d>"},
                    Row{"X <a@b, Y <c@d>", "X<a@b>Y<c@d>"}, Row{"X <a@b", "X<a@b>"}, Row{"<mailto:a@b>", "<a@b>"},
                    Row{"MAILER-DAEMON <>", "MAILER-DAEMON<@>"}, Row{"postmaster", "<postmaster@>"},
                    Row{"Taro Yamada", "<Taro Yamada@>"}, Row{"@b", "<@b>"}, Row{"a@", "<a@>"},
                    Row{"\"unclosed <a@b>", "\"unclosed<a@b>"}, Row{"un(closed <a@b>", "un(closed<a@b>"},
                    Row{"G: a@b, c@d", "{G <a@b><c@d>}"}, Row{"G: a@b; H: c@d;", "{G <a@b>}{H <c@d>}"},
                    Row{"> a@b", "<a@b>"}, Row{"a@b@c", "<a@b@c>"},
                    Row{"=?utf-8?Q?a,_b_<x>?= <c@d>", "=?utf-8?Q?a,_b_<x>?=<c@d>"},
                    Row{"=?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <c@d>",
                        "=?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?=<c@d>"},
                    // Raw ISO-2022-JP whose bytes look like a quote and a comma; raw Shift_JIS that holds a backslash.
                    Row{"\x1b$B\",\"<\x1b(B <c@d>", "\x1b$B\",\"<\x1b(B<c@d>"},
                    Row{"\"\x1b$B\",\"\"\x1b(B\" <c@d>", "\x1b$B\",\"\"\x1b(B<c@d>"},
                    Row{"\"\x95\x5c\" <c@d>", "\x95\x5c<c@d>"}, Row{"山田 <c@d>", "山田<c@d>"}));

TEST(AddressList, limit) {
  ParsedAddressList parsed = parse_address_list("a@b, G: c@d, e@f, g@h;", 3);
  EXPECT_EQ(show(parsed.addresses), "<a@b>{G <c@d>}");
  EXPECT_FALSE(parsed.complete);
  EXPECT_TRUE(parse_address_list("a@b, c@d, e@f", 3).complete);
  EXPECT_EQ(show(parse_address_list("a@b c@d e@f g@h", 3).addresses), "<a@b><c@d><e@f>");
}

TEST(AddressList, gives_addresses_to_send_to) {
  AddressList list = parse_address_list("\"a b\" <\"c \\\"d\"@Example.TEST>, x, a..b@docomo.ne.jp, G:;").addresses;
  EXPECT_EQ(to_address(list[0])->text(), "\"c \\\"d\"@example.test");
  EXPECT_FALSE(to_address(list[1]));
  EXPECT_EQ(to_address(list[2])->text(), "a..b@docomo.ne.jp");
  EXPECT_FALSE(to_address(list[3]));
}

}  // namespace
}  // namespace yubin::mime
