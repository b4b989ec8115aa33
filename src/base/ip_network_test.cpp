#include "base/ip_network.h"

#include <gtest/gtest.h>

namespace yubin {
namespace {

IpNetwork network(std::string_view text) {
  return IpNetwork::parse(text).value();
}

IpAddress address(std::string_view text) {
  return IpAddress::parse(text).value();
}

TEST(IpNetwork, texts_come_back) {
  for (std::string_view text : {"192.0.2.0/24", "0.0.0.0/0", "192.0.2.7/32", "2001:db8::/32", "::/0", "::1/128"})
    EXPECT_EQ(network(text).text(), text);
  EXPECT_EQ(network("192.0.2.7").text(), "192.0.2.7/32");
  EXPECT_EQ(network("2001:db8::1").text(), "2001:db8::1/128");
}

TEST(IpNetwork, what_is_none_is_refused) {
  for (std::string_view text : {"", "/", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/24/8",
                                "2001:db8::/129", "192.0.2/24", "example.test/24"})
    EXPECT_FALSE(IpNetwork::parse(text)) << text;
  EXPECT_EQ(IpNetwork::parse("192.0.2.7/24").error().detail,
            "\"192.0.2.7/24\" has bits behind its length; did you mean 192.0.2.0/24?");
}

TEST(IpNetwork, contains) {
  struct Row {
    std::string_view network;
    std::string_view address;
    bool inside;
  };
  Row const rows[] = {
      {"192.0.2.0/24", "192.0.2.255", true},
      {"192.0.2.0/24", "192.0.3.0", false},
      {"192.0.2.0/25", "192.0.2.128", false},
      {"0.0.0.0/0", "255.255.255.255", true},
      {"0.0.0.0/0", "::1", false},
      {"::/0", "192.0.2.1", false},
      {"::/0", "2001:db8::1", true},
      {"2001:db8::/63", "2001:db8:0:1::5", true},
      {"2001:db8::/64", "2001:db8:0:1::5", false},
      {"192.0.2.1", "::ffff:192.0.2.1", true},
  };
  for (Row const& row : rows)
    EXPECT_EQ(network(row.network).contains(address(row.address)), row.inside) << row.network << " " << row.address;
}

}  // namespace
}  // namespace yubin
