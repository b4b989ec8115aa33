#include "dns/mail_hosts.h"

#include <gtest/gtest.h>

#include <set>

namespace yubin::dns {
namespace {

Answer found(std::vector<Mx> const& exchanges) {
  Answer answer;
  answer.status = Status::found;
  answer.records.assign(exchanges.begin(), exchanges.end());
  return answer;
}

std::string names(Answer const& answer, Random& random) {
  auto const hosts = mail_hosts("example.test", answer, "us.test", random);
  if (std::holds_alternative<NoMailHere>(hosts)) return "null";
  if (std::holds_alternative<NoSuchDomain>(hosts)) return "no domain";
  if (auto const* unknown = std::get_if<NotKnownNow>(&hosts)) return "unknown: " + unknown->why;
  auto const& list = std::get<MailHosts>(hosts);
  std::string out = list.implicit ? "implicit" : "";
  for (std::string const& name : list.names) out += (out.empty() ? "" : " ") + name;
  return out;
}

TEST(MailHosts, come_in_the_order_of_their_preference) {
  SeededRandom random(1);
  EXPECT_EQ(names(found({{20, "c"}, {0, "a"}, {10, "b"}, {30, "a"}}), random), "a b c");
}

TEST(MailHosts, of_equal_preference_each_comes_first_at_times) {
  SeededRandom random(1);
  std::set<std::string> orders;
  for (int i = 0; i < 200; ++i) orders.insert(names(found({{10, "a"}, {10, "b"}, {10, "c"}, {5, "x"}}), random));
  EXPECT_EQ(orders, (std::set<std::string>{"x a b c", "x a c b", "x b a c", "x b c a", "x c a b", "x c b a"}));
}

TEST(MailHosts, a_null_mx_alone_says_that_there_is_no_mail) {
  SeededRandom random(1);
  EXPECT_EQ(names(found({{0, ""}}), random), "null");
  EXPECT_EQ(names(found({{0, ""}, {10, "a"}}), random), "a");
}

TEST(MailHosts, with_us_among_them_are_those_before_us) {
  SeededRandom random(1);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(names(found({{10, "a"}, {20, "us.test"}, {20, "equal"}, {30, "c"}, {40, "us.test"}}), random), "a");
    EXPECT_EQ(names(found({{10, "us.test"}, {10, "equal"}, {20, "c"}}), random), "");
  }
}

TEST(MailHosts, without_mx_it_is_the_domain_itself) {
  SeededRandom random(1);
  Answer answer;
  answer.status = Status::no_data;
  EXPECT_EQ(names(answer, random), "implicit example.test");
  answer.status = Status::no_such_name;
  EXPECT_EQ(names(answer, random), "no domain");
}

TEST(MailHosts, are_not_known_when_the_dns_fails) {
  SeededRandom random(1);
  Answer answer;
  answer.why = "SERVFAIL";
  EXPECT_EQ(names(answer, random), "unknown: SERVFAIL");
  answer.status = Status::bogus;
  EXPECT_EQ(names(answer, random), "unknown: SERVFAIL");
}

}  // namespace
}  // namespace yubin::dns
