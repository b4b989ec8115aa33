// RFC 8461 sections 3.1, 3.2 and 4.1.
#include "deliver/sts_policy.h"

#include <gtest/gtest.h>

namespace yubin::deliver {
namespace {

std::string parsed(std::string_view text) {
  Result<StsPolicy> const policy = parse_sts_policy(text);
  if (!policy) return policy.error().detail;
  std::string out = std::string(to_string(policy->mode)) + " " + std::to_string(policy->max_age.count());
  for (std::string const& one : policy->mx) out += " " + one;
  return out;
}

TEST(StsPolicy, is_read_with_either_line_end) {
  EXPECT_EQ(
      parsed("version: STSv1\r\nmode: enforce\r\nmx: Mail.Example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n"),
      "enforce 604800 mail.example.com *.example.net");
  EXPECT_EQ(parsed("version:STSv1\nmax_age:1\nmx: a.test.\nmode:testing\nunknown: x\n\n"), "testing 1 a.test");
  EXPECT_EQ(parsed("version: STSv1\nmode: none\nmax_age: 86400"), "none 86400");
  // The first of each counts, and a year is the longest.
  EXPECT_EQ(parsed("version: STSv1\nmode: none\nmode: enforce\nmax_age: 99999999999\nmax_age: 5"), "none 31557600");
}

TEST(StsPolicy, that_lacks_something_is_none) {
  EXPECT_EQ(parsed(""), "the policy has no version: STSv1");
  EXPECT_EQ(parsed("version: STSv2\n"), "the policy has a version that is not STSv1");
  EXPECT_EQ(parsed("version: STSv1\nmax_age: 1\n"), "the policy has no mode");
  EXPECT_EQ(parsed("version: STSv1\nmode: some\n"), "the policy has a mode that is none");
  EXPECT_EQ(parsed("version: STSv1\nmode: none\n"), "the policy has no max_age");
  EXPECT_EQ(parsed("version: STSv1\nmode: none\nmax_age: -1\n"), "the policy has a max_age that is no number");
  EXPECT_EQ(parsed("version: STSv1\nmode: enforce\nmax_age: 1\n"), "the policy has no mx");
  EXPECT_EQ(parsed("version: STSv1\nmode: enforce\nmax_age: 1\nmx: a.*.test\n"),
            "the policy has an mx that is no name");
  EXPECT_EQ(parsed("version: STSv1\nmode: enforce\nmax_age: 1\nmx: mx .\n"), "the policy has an mx that is no name");
  EXPECT_EQ(parsed("<html>"), "the policy has a line without a colon");
}

TEST(StsPolicy, names_hosts_one_by_one_or_by_a_wildcard_for_a_label) {
  StsPolicy const policy{.mx = {"mx.example.com", "*.example.net"}};
  for (std::string_view host : {"mx.example.com", "a.example.net"}) EXPECT_TRUE(policy.names(host)) << host;
  for (std::string_view host : {"example.net", "a.b.example.net", "x.mx.example.com", "example.com", "net"})
    EXPECT_FALSE(policy.names(host)) << host;
}

std::optional<std::string> id(std::vector<std::string> texts) {
  dns::Answer answer;
  answer.status = dns::Status::found;
  for (std::string& text : texts) answer.records.emplace_back(dns::Txt{std::move(text)});
  return sts_id(answer);
}

TEST(StsRecord, has_an_id) {
  EXPECT_EQ(id({"v=STSv1; id=20160831085700Z;"}), "20160831085700Z");
  EXPECT_EQ(id({"other", "v=STSv1;id=1"}), "1");
  EXPECT_EQ(id({"v=STSv1; ext=x; id=a1"}), "a1");
}

TEST(StsRecord, that_is_wrong_or_there_twice_is_none) {
  EXPECT_EQ(id({"v=STSv1; id=1;", "v=STSv1; id=2;"}), std::nullopt);
  for (std::string text : {"v=STSv1;", "v=STSv2; id=1;", "v=STSv1; id=a-b;", "id=1; v=STSv1;",
                           "v=STSv1; id=123456789012345678901234567890123;", ""})
    EXPECT_EQ(id({text}), std::nullopt) << text;
  EXPECT_EQ(sts_id({}), std::nullopt);
}

}  // namespace
}  // namespace yubin::deliver
