#include "auth/network.h"

#include <gtest/gtest.h>

namespace yubin::auth {
namespace {

TEST(Network, neighbours_share_one) {
  EXPECT_EQ(Network::of("192.0.2.1").text(), "192.0.2.0/24");
  EXPECT_EQ(Network::of("192.0.2.1"), Network::of("192.0.2.255"));
  EXPECT_FALSE(Network::of("192.0.2.1") == Network::of("192.0.3.1"));
  EXPECT_EQ(Network::of("2001:db8:1:2ff:3::4").text(), "2001:db8:1:200::/56");
  EXPECT_EQ(Network::of("2001:db8:1:200::1"), Network::of("2001:db8:1:2ff:ffff::1"));
  EXPECT_FALSE(Network::of("2001:db8:1:200::1") == Network::of("2001:db8:1:300::1"));
}

TEST(Network, an_ipv4_mapped_address_is_the_ipv4_address) {
  EXPECT_EQ(Network::of("::ffff:192.0.2.1"), Network::of("192.0.2.77"));
}

TEST(Network, other_text_is_its_own) {
  EXPECT_EQ(Network::of("local").text(), "local");
  EXPECT_EQ(Network::of("").text(), "");
}

}  // namespace
}  // namespace yubin::auth
