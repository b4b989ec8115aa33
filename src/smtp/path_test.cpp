#include "smtp/path.h"

#include <gtest/gtest.h>

#include "smtp/grammar.h"

namespace yubin::smtp {
namespace {

struct Row {
  std::string_view input;
  std::string_view text;  // empty: must be refused
};

class ReversePaths : public testing::TestWithParam<Row> {};
TEST_P(ReversePaths, parse_and_print) {
  auto path = ReversePath::parse(GetParam().input);
  ASSERT_EQ(path.has_value(), !GetParam().text.empty());
  if (!path) return;
  EXPECT_EQ(path->text(), GetParam().text);
  EXPECT_EQ(path->is_null(), GetParam().text == "<>");
  EXPECT_EQ(ReversePath::parse(path->text()), path);
}

INSTANTIATE_TEST_SUITE_P(rfc5321, ReversePaths,
                         testing::Values(Row{"<>", "<>"}, Row{"<Taro@Client.Example>", "<Taro@client.example>"},
                                         Row{"<\"a b>c\"@client.example>", "<\"a b>c\"@client.example>"},
                                         Row{R"(<"q\"\\>"@client.example>)", R"(<"q\"\\>"@client.example>)"},
                                         Row{"<@a.example:t@b.example>", "<t@b.example>"},
                                         Row{"<@a.example,@[192.0.2.1]:t@b.example>", "<t@b.example>"},
                                         Row{"<t@[IPv6:2001:db8::1]>", "<t@[ipv6:2001:db8::1]>"},
                                         Row{"<a..b@docomo.ne.jp>", "<a..b@docomo.ne.jp>"}, Row{"", ""}, Row{"<", ""},
                                         Row{"< >", ""}, Row{"t@b.example", ""}, Row{"<t@b.example", ""},
                                         Row{"<t@b.example> ", ""}, Row{"<<>>", ""}, Row{"<t@b.example>>", ""},
                                         Row{"<t @b.example>", ""}, Row{"<t>", ""}, Row{"<postmaster>", ""},
                                         Row{"<@a.example>", ""}, Row{"<@a.example:>", ""},
                                         Row{"<@a.example,:t@b.example>", ""}, Row{"<@:t@b.example>", ""},
                                         Row{"<\"t@b.example>", ""}, Row{"<\"t\\", ""}));

class ForwardPaths : public testing::TestWithParam<Row> {};
TEST_P(ForwardPaths, parse_and_print) {
  auto path = ForwardPath::parse(GetParam().input);
  ASSERT_EQ(path.has_value(), !GetParam().text.empty());
  if (!path) return;
  EXPECT_EQ(path->text(), GetParam().text);
  EXPECT_EQ(path->is_bare_postmaster(), GetParam().text == "<postmaster>");
  EXPECT_EQ(ForwardPath::parse(path->text()), path);
}

INSTANTIATE_TEST_SUITE_P(rfc5321, ForwardPaths,
                         testing::Values(Row{"<hanako@example.test>", "<hanako@example.test>"},
                                         Row{"<PostMaster>", "<postmaster>"},
                                         Row{"<Postmaster@example.test>", "<Postmaster@example.test>"},
                                         Row{"<@a.example:h@example.test>", "<h@example.test>"}, Row{"<>", ""},
                                         Row{"<hanako>", ""}, Row{"<postmaster", ""}, Row{"<postmaster>x", ""},
                                         Row{"<@a.example:postmaster>", ""}));

// What is no path at all is another mistake than a path with a bad address in it: 501 and 553.
TEST(Paths, tell_a_missing_bracket_from_a_bad_address) {
  EXPECT_EQ(ReversePath::parse("a@b.example").error().code, Errc::syntax);
  EXPECT_EQ(ReversePath::parse("<a@b.example").error().code, Errc::syntax);
  EXPECT_EQ(ReversePath::parse("<a>").error().code, Errc::denied);
  EXPECT_EQ(ForwardPath::parse("<>").error().code, Errc::denied);
  EXPECT_EQ(ForwardPath::parse("<@a:b>").error().code, Errc::denied);
}

std::string parameters(std::string_view text) {
  Cursor in(text);
  auto params = mail_parameters(in);
  if (!params) return "refused";
  std::string out;
  for (EsmtpParamView const& p : *params) out += std::string(p.keyword) + "(" + std::string(p.value) + ")";
  return out;
}

TEST(MailParameters, are_keywords_with_or_without_a_value) {
  EXPECT_EQ(parameters(""), "");
  EXPECT_EQ(parameters("  "), "");
  EXPECT_EQ(parameters(" SIZE=12"), "SIZE(12)");
  EXPECT_EQ(parameters("  SIZE=12\tSMTPUTF8  X-a=<b>"), "SIZE(12)SMTPUTF8()X-a(<b>)");
  EXPECT_EQ(parameters("SIZE=12"), "refused");
  EXPECT_EQ(parameters(" SIZE="), "refused");
  EXPECT_EQ(parameters(" =12"), "refused");
  EXPECT_EQ(parameters(" SIZE=1=2"), "refused");
  EXPECT_EQ(parameters(" A=1\xe8\x8a\xb1"), "A(1\xe8\x8a\xb1)");  // RFC 6531 section 3.3
  EXPECT_EQ(parameters(" SI_ZE"), "refused");
}

}  // namespace
}  // namespace yubin::smtp
