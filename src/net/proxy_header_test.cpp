#include "net/proxy_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/proxy_kit.h"

namespace yubin::net {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

// Feeds as much as is wanted, `step` bytes at most a time, and returns how many bytes were taken; 0: refused.
std::size_t feed(ProxyHeader& header, std::string_view bytes, std::size_t step) {
  std::size_t taken = 0;
  while (!header.complete() && taken < bytes.size()) {
    std::string_view const piece = bytes.substr(taken, std::min(step, header.wants()));
    if (!header.take(piece)) return 0;
    taken += piece.size();
  }
  return taken;
}

ProxiedEnds ends(std::string_view source, std::string_view destination) {
  return {Endpoint::parse(source).value(), Endpoint::parse(destination).value()};
}

TEST(ProxyHeader, tells_the_ends_and_leaves_what_is_behind_it) {
  struct Row {
    std::string header;
    std::optional<ProxiedEnds> ends;
  };
  ProxiedEnds const v4 = ends("192.0.2.1:50000", "198.51.100.2:25");
  ProxiedEnds const v6 = ends("[2001:db8::1]:50000", "[2001:db8::2]:993");
  Row const rows[] = {
      {"PROXY TCP4 192.0.2.1 198.51.100.2 50000 25\r\n", v4},
      {"PROXY TCP6 2001:db8::1 2001:db8::2 50000 993\r\n", v6},
      {"PROXY UNKNOWN\r\n", {}},
      {"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", {}},
      {kit::proxy_v2(v4), v4},
      {kit::proxy_v2(v6), v6},
      {kit::proxy_v2(v4, "\x04\x00\x02ok"s), v4},
      {kit::with_checksum(v6), v6},
      {kit::kSignature + "\x20\x00\x00\x00"s, {}},                          // LOCAL
      {kit::kSignature + "\x21\x00\x00\x03xyz"s, {}},                       // unspecified family
      {kit::kSignature + "\x21\x31\x00\xd8"s + std::string(216, 'u'), {}},  // Unix
  };
  for (Row const& row : rows) {
    for (std::size_t const step : {1u, 2u, 7u, 4096u}) {
      ProxyHeader header;
      EXPECT_EQ(feed(header, row.header + "EHLO client.example\r\n", step), row.header.size()) << row.header;
      EXPECT_TRUE(header.complete());
      EXPECT_EQ(header.ends(), row.ends) << row.header;
    }
  }
}

TEST(ProxyHeader, what_is_none_is_refused) {
  ProxiedEnds const v4 = ends("192.0.2.1:50000", "198.51.100.2:25");
  std::string bad_checksum = kit::with_checksum(v4);
  bad_checksum[18] ^= 1;
  std::string const rows[] = {
      "EHLO client.example\r\n",
      "PROXY TCP4 192.0.2.1 198.51.100.2 50000\r\n",
      "PROXY TCP4 192.0.2.1 198.51.100.2 50000 65536\r\n",
      "PROXY TCP4 192.0.2 198.51.100.2 50000 25\r\n",
      "PROXY UDP4 192.0.2.1 198.51.100.2 50000 25\r\n",
      "PROXY " + std::string(200, ' '),
      kit::kSignature + "\x11\x11\x00\x0c"s + std::string(12, '\0'),  // version 1 in version 2's form
      kit::kSignature + "\x22\x11\x00\x0c"s + std::string(12, '\0'),  // unknown command
      kit::kSignature + "\x21\x41\x00\x0c"s + std::string(12, '\0'),  // unknown family
      kit::kSignature + "\x21\x11\x00\x0b"s + std::string(11, '\0'),  // too short for two addresses
      kit::kSignature + "\x21\x11\xff\xff"s,
      kit::proxy_v2(v4, "\x04\x00\x09short"s),
      bad_checksum,
  };
  for (std::string const& row : rows) {
    ProxyHeader header;
    EXPECT_EQ(feed(header, row, 4096), 0u) << row;
  }
  ProxyHeader header;
  EXPECT_THAT(header.take("GET / HTTP/1").error().detail, HasSubstr("no PROXY header: it begins with \"GET"));
}

}  // namespace
}  // namespace yubin::net
