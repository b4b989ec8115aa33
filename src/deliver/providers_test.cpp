#include "deliver/providers.h"

#include <gtest/gtest.h>

namespace yubin::deliver {
namespace {

PaceGroup group(std::vector<std::string> const& names) {
  std::vector<RemoteHost> hosts;
  for (std::string const& name : names) hosts.push_back({.name = name, .where = {}});
  return pace_group(hosts);
}

TEST(PaceGroup, is_the_provider_if_it_is_known) {
  EXPECT_EQ(group({"mfsmax.docomo.ne.jp"}).name, "docomo");
  EXPECT_EQ(group({"mfsmax.docomo.ne.jp"}).limits.connections, 2U);
  EXPECT_EQ(group({"a-com.mail.protection.outlook.com"}).name, "microsoft");
  EXPECT_EQ(group({"notgoogle.com"}).name, "notgoogle.com");
}

TEST(PaceGroup, is_the_set_of_hosts_otherwise) {
  EXPECT_EQ(group({"b.test", "a.test", "b.test"}).name, "a.test,b.test");
  EXPECT_EQ(group({"a.test", "b.test"}).name, group({"b.test", "a.test"}).name);
}

smtp::Outcome deferred(smtp::EnhancedStatus status, std::string text) {
  return smtp::Deferred{{status, std::move(text), "mx", ""}};
}

TEST(PaceSign, is_what_the_other_side_says_of_our_pace) {
  using Outcomes = std::vector<smtp::Outcome>;
  smtp::Outcome const taken = smtp::Delivered{{{2, 0, 0}, "250 ok", "mx", ""}};
  EXPECT_EQ(sign_of(Outcomes{deferred({4, 0, 0}, "421 too many connections")}), PaceSign::slow_down);
  EXPECT_EQ(sign_of(Outcomes{taken, deferred({4, 7, 28}, "450-4.7.28 unusual rate")}), PaceSign::slow_down);
  EXPECT_EQ(sign_of(Outcomes{deferred({4, 7, 1}, "451 4.7.1 Greylisted, please try again later")}), PaceSign::other);
  EXPECT_EQ(sign_of(Outcomes{deferred({4, 2, 2}, "452 4.2.2 mailbox full")}), PaceSign::other);
  EXPECT_EQ(sign_of(Outcomes{deferred({4, 7, 5}, "")}), PaceSign::other);
  EXPECT_EQ(sign_of(Outcomes{taken, deferred({4, 2, 2}, "452 4.2.2 mailbox full")}), PaceSign::taken);
}

}  // namespace
}  // namespace yubin::deliver
