#include "dns/resolver.h"

#include <gtest/gtest.h>

namespace yubin::dns {
namespace {

TEST(Question, reverse_names) {
  auto name = [](std::string_view address) { return Question::reverse(IpAddress::parse(address).value()).name; };
  EXPECT_EQ(name("192.0.2.1"), "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(name("2001:db8::567:89ab"), "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

}  // namespace
}  // namespace yubin::dns
