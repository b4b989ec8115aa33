#include "deliver/mail_route.h"

#include <gtest/gtest.h>

namespace yubin::deliver {
namespace {

using Via = MailRoute::Via;

RoutePattern pattern(std::string_view text) {
  return RoutePattern::parse(text).value();
}
smtp::ReversePath sender(std::string_view text) {
  return smtp::ReversePath::parse(text).value();
}

TEST(RoutePattern, fits_domains_and_senders) {
  EXPECT_TRUE(pattern("Example.ORG").fits_domain("example.org"));
  EXPECT_FALSE(pattern("example.org").fits_domain("a.example.org"));
  EXPECT_TRUE(pattern(".example.org").fits_domain("b.a.example.org"));
  EXPECT_FALSE(pattern(".example.org").fits_domain("example.org"));
  EXPECT_FALSE(pattern(".example.org").fits_domain("bad-example.org"));
  EXPECT_TRUE(pattern("*").fits_domain("anything"));
  EXPECT_TRUE(pattern("Hanako@example.org").fits(sender("<hanako@EXAMPLE.org>")));
  EXPECT_FALSE(pattern("hanako@example.org").fits(sender("<taro@example.org>")));
  EXPECT_TRUE(pattern(".example.org").fits(sender("<taro@x.example.org>")));
  EXPECT_TRUE(pattern("<>").fits(sender("<>")));
  EXPECT_TRUE(pattern("*").fits(sender("<>")));
  EXPECT_FALSE(pattern("example.org").fits(sender("<>")));
  for (std::string_view wrong : {"", ".", "a b", "@x.test", "a@"}) EXPECT_FALSE(RoutePattern::parse(wrong)) << wrong;
}

TEST(MailRoute, the_first_that_fits_both_counts) {
  std::vector<MailRoute> const routes{
      {.name = "held", .via = Via::hold, .to = {pattern("held.test")}, .from = {pattern("taro@a.test")}},
      {.name = "lists", .via = Via::relay, .from = {pattern("lists.test")}, .where = {"lists.relay.test"}},
      {.name = "partner", .via = Via::lmtp, .to = {pattern("partner.test"), pattern(".partner.test")}},
      {.name = "plain", .to = {pattern("plain.test")}},
      {.name = "named", .via = Via::relay, .where = {"spare.test"}},
      {.name = "rest", .via = Via::relay, .to = {pattern("*")}, .where = {"relay.test"}}};
  auto name = [&](std::string_view to, std::string_view from) { return find_route(routes, to, sender(from)).name; };
  EXPECT_EQ(name("x.test", "<a@lists.test>"), "lists");
  EXPECT_EQ(name("partner.test", "<a@lists.test>"), "lists");
  EXPECT_EQ(name("a.partner.test", "<>"), "partner");
  EXPECT_EQ(name("plain.test", "<>"), "plain");
  EXPECT_EQ(name("x.test", "<>"), "rest");
  EXPECT_EQ(name("held.test", "<taro@a.test>"), "rest");  // it was released
  EXPECT_TRUE(is_held(routes, "held.test", sender("<taro@a.test>")));
  EXPECT_FALSE(is_held(routes, "held.test", sender("<hanako@a.test>")));
  EXPECT_FALSE(is_held(routes, "x.test", sender("<taro@a.test>")));
  EXPECT_EQ(find_route(std::span(routes).first(3), "x.test", sender("<>")).via, Via::direct);
  EXPECT_EQ(find_route(routes, "named"), &routes[4]);
  EXPECT_EQ(find_route(routes, "none"), nullptr);
}

TEST(MailRoute, where_it_leads_is_a_host_with_a_port_or_a_path) {
  auto where = [](std::string_view text) {
    Result<MailHost> const host = MailHost::parse(text);
    return host ? host->text() : "none";
  };
  EXPECT_EQ(where("smtp.example.org"), "smtp.example.org:587");
  EXPECT_EQ(where("SMTP.example.org:25"), "smtp.example.org:25");
  EXPECT_EQ(where("[192.0.2.1]:25"), "[192.0.2.1]:25");
  EXPECT_EQ(where("[IPv6:2001:db8::1]"), "[ipv6:2001:db8::1]:587");
  EXPECT_EQ(where("/run/lmtp"), "/run/lmtp");
  for (std::string_view wrong : {"", "a:0", "a:65536", "a:x", "a b:1"}) EXPECT_EQ(where(wrong), "none") << wrong;
}

}  // namespace
}  // namespace yubin::deliver
