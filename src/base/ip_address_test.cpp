#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace yubin {
namespace {

TEST(IpAddress, texts_come_back_in_their_shortest_form) {
  struct Row {
    std::string_view in;
    std::string_view out;
  };
  Row const rows[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},  // RFC 5952 section 4
      {"::1", "::1"},
      {"::", "::"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
  };
  for (Row const& row : rows) EXPECT_EQ(IpAddress::parse(row.in).value().text(), row.out) << row.in;
}

TEST(IpAddress, what_is_no_address_is_refused) {
  for (std::string_view text : {"", "192.0.2", "192.0.2.256", "192.0.2.01x", "[::1]", "fe80::1%eth0", "localhost", "1"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  EXPECT_FALSE(IpAddress::parse(std::string_view("127.0.0.1\0", 10)));
  EXPECT_FALSE(IpAddress::parse(std::string(1000, ':')));
}

TEST(IpAddress, a_network_keeps_the_first_bits) {
  auto network = [](std::string_view text, unsigned length) {
    return IpAddress::parse(text).value().network(length).text();
  };
  EXPECT_EQ(network("192.0.2.255", 32), "192.0.2.255");
  EXPECT_EQ(network("192.0.2.255", 25), "192.0.2.128");
  EXPECT_EQ(network("192.0.2.255", 8), "192.0.0.0");
  EXPECT_EQ(network("192.0.2.255", 0), "0.0.0.0");
  EXPECT_EQ(network("2001:db8:1:2:3:4:5:6", 64), "2001:db8:1:2::");
  EXPECT_EQ(network("2001:db8:1:2:3:4:5:6", 200), "2001:db8:1:2:3:4:5:6");
}

TEST(IpAddress, the_mapped_form_is_the_ipv4_address) {
  IpAddress const plain = IpAddress::parse("192.0.2.1").value();
  IpAddress const mapped = IpAddress::parse("::ffff:c000:201").value();
  EXPECT_EQ(plain, mapped);
  EXPECT_TRUE(mapped.is_v4());
  EXPECT_EQ(mapped.bytes().size(), 4u);
  EXPECT_EQ(std::hash<IpAddress>{}(plain), std::hash<IpAddress>{}(mapped));
  EXPECT_FALSE(IpAddress().is_v4());
}

TEST(IpAddress, loopback) {
  EXPECT_TRUE(IpAddress::parse("127.9.9.9").value().is_loopback());
  EXPECT_TRUE(IpAddress::parse("::1").value().is_loopback());
  EXPECT_FALSE(IpAddress::parse("128.0.0.1").value().is_loopback());
  EXPECT_FALSE(IpAddress().is_loopback());
}

}  // namespace
}  // namespace yubin
