#include "deliver/address_rules.h"

#include <gtest/gtest.h>

namespace yubin::deliver {
namespace {

mime::Address address(std::string_view text) {
  return mime::Address::parse(text).value();
}
std::string rewritten(AddressRules const& rules, std::string_view text) {
  auto const other = rules.rewrite(address(text));
  return other ? other->text() : "";
}
AddressRules rules() {
  return {.canonical = {CanonicalRule::parse("root@host1.example.org=sysmail@example.org").value(),
                        CanonicalRule::parse("@old.test=@new.test").value(),
                        CanonicalRule::parse("nobody@=noreply@").value()},
          .masquerade = {"example.org"},
          .masquerade_except = {"root"}};
}

TEST(AddressRules, canonical_addresses_and_hidden_hosts) {
  EXPECT_EQ(rewritten(rules(), "Root@HOST1.example.org"), "sysmail@example.org");
  EXPECT_EQ(rewritten(rules(), "a@old.test"), "a@new.test");
  EXPECT_EQ(rewritten(rules(), "nobody@x.test"), "noreply@x.test");
  EXPECT_EQ(rewritten(rules(), "nobody@host.example.org"), "noreply@example.org");
  EXPECT_EQ(rewritten(rules(), "cron@a.b.example.org"), "cron@example.org");
  EXPECT_EQ(rewritten(rules(), "root@host2.example.org"), "");
  EXPECT_EQ(rewritten(rules(), "cron@example.org"), "");
  EXPECT_EQ(rewritten(rules(), "cron@notexample.org"), "");
  EXPECT_FALSE(rules().rewrite_recipient(address("cron@host.example.org")));
  EXPECT_EQ(rules().rewrite_recipient(address("a@old.test"))->text(), "a@new.test");
  for (std::string_view wrong : {"", "a=b", "@=@", "a@b.test=", "a@b.test=@", "a b@c=d@e"})
    EXPECT_FALSE(CanonicalRule::parse(wrong)) << wrong;
  for (std::string_view right :
       {"nobody@=noreply@", "@old.test=@new.test", "\"a b\"@x.test=\"c d\"@", "Root@=\"@\"@y.test"})
    EXPECT_EQ(CanonicalRule::parse(right).value().text(), right);
  AddressRules const quoted{.canonical = {CanonicalRule::parse("\"A b\"@x.test=\"c d\"@y.test").value()}};
  EXPECT_EQ(rewritten(quoted, "\"a B\"@x.test"), "\"c d\"@y.test");
}

TEST(AddressRules, copies_go_to_each_once) {
  AddressRules const copying{
      .copies_of_sent = {CopyRule::parse("a.test=archive@a.test").value(), CopyRule::parse("*=all@a.test").value()},
      .copies_of_received = {CopyRule::parse("taro@a.test=archive@a.test").value()}};
  auto copies = [&](std::optional<mime::Address> const& from, std::vector<mime::Address> const& to) {
    std::string out;
    for (mime::Address const& one : copying.copies(from, to)) out += one.text() + " ";
    return out;
  };
  EXPECT_EQ(copies(address("hanako@a.test"), {address("taro@a.test")}), "archive@a.test all@a.test ");
  EXPECT_EQ(copies(address("x@b.test"), {address("TARO@a.test")}), "all@a.test archive@a.test ");
  EXPECT_EQ(copies(std::nullopt, {address("all@a.test")}), "");
}

std::string filtered(std::string_view message, std::size_t piece) {
  AddressRules const all = rules();
  AddressRewriter rewriter(all);
  std::string out;
  for (std::size_t at = 0; at < message.size(); at += piece) out += rewriter.pass(message.substr(at, piece));
  return out + rewriter.finish();
}

TEST(AddressRewriter, rewrites_header_fields_and_nothing_else) {
  struct Row {
    std::string_view in;
    std::string_view out;
  };
  Row const rows[] = {
      {"From: \"Cron\"\r\n <cron@host.example.org>\r\nTo: a@old.test\r\nX: cron@host.example.org\r\n\r\nFrom: "
       "cron@host.example.org\r\n",
       "X-Original-From: \"Cron\"\r\n <cron@host.example.org>\r\nFrom: \"Cron\"\r\n <cron@example.org>\r\nTo: "
       "a@new.test\r\nX: cron@host.example.org\r\n\r\nFrom: cron@host.example.org\r\n"},
      {"to : a@old.test\r\n", "to : a@new.test\r\n"},
      {"Subject: x\r\nCc: b@x.test", "Subject: x\r\nCc: b@x.test"},
      {"no header", "no header"},
      {"", ""},
  };
  for (Row const& row : rows)
    for (std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{1000}})
      EXPECT_EQ(filtered(row.in, piece), row.out) << piece;
  std::string const endless = "To: " + std::string(100'000, 'x') + " a@old.test\r\nCc: a@old.test\r\n\r\n";
  EXPECT_EQ(filtered(endless, 1000), endless.substr(0, endless.find("Cc")) + "Cc: a@new.test\r\n\r\n");
}

}  // namespace
}  // namespace yubin::deliver
