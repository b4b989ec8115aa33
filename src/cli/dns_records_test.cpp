#include "cli/dns_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace yubin::cli {
namespace {

config::Config config_of(std::string_view more) {
  std::string const text =
      "host_name = \"mx.example.org\"\n[tls]\ncertificate = \"/c\"\nkey = \"/k\"\n" + std::string(more);
  return config::parse(text, "f").value().config;
}

std::vector<std::string> lines_of(std::vector<DnsRecord> const& records) {
  std::vector<std::string> lines;
  for (DnsRecord const& record : records) lines.push_back(record.name + " " + record.type + " " + record.value);
  return lines;
}

TEST(DnsRecords, are_those_of_the_default_listeners) {
  EXPECT_THAT(lines_of(records_of_domain(config_of(""), mime::Domain::parse("example.net").value())),
              testing::ElementsAre(
                  "example.net. MX 10 mx.example.org.", "example.net. TXT \"v=spf1 mx -all\"",
                  "_submissions._tcp.example.net. SRV 0 1 465 mx.example.org.",
                  "_submission._tcp.example.net. SRV 0 1 587 mx.example.org.",
                  "_imaps._tcp.example.net. SRV 0 1 993 mx.example.org.", "_imap._tcp.example.net. SRV 0 0 0 .",
                  "_pop3s._tcp.example.net. SRV 0 1 995 mx.example.org.", "_pop3._tcp.example.net. SRV 0 0 0 ."));
}

TEST(DnsRecords, name_the_port_that_is_listened_on_and_no_private_one) {
  config::Config const config = config_of(
      "[[listener]]\nservice = \"imaps\"\naddress = \"127.0.0.1:993\"\n"
      "[[listener]]\nservice = \"imaps\"\naddress = \"0.0.0.0:1993\"\nlegacy_tls = true\n"
      "[[listener]]\nservice = \"imaps\"\naddress = \"0.0.0.0:2993\"\n"
      "[[listener]]\nservice = \"pop3s\"\naddress = \"[::1]:995\"\n");
  std::vector<std::string> const lines =
      lines_of(records_of_domain(config, mime::Domain::parse("example.org").value()));
  EXPECT_THAT(lines, testing::Contains("_imaps._tcp.example.org. SRV 0 1 2993 mx.example.org."));
  EXPECT_THAT(lines, testing::Contains("_pop3s._tcp.example.org. SRV 0 0 0 ."));
}

TEST(DnsRecords, of_the_host_are_its_addresses) {
  std::vector<IpAddress> const addresses{IpAddress::parse("192.0.2.1").value(),
                                         IpAddress::parse("2001:db8::1").value()};
  EXPECT_THAT(lines_of(records_of_host(config_of(""), addresses)),
              testing::ElementsAre("mx.example.org. A 192.0.2.1", "mx.example.org. AAAA 2001:db8::1"));
}

TEST(DnsRecords, are_printed_in_columns) {
  EXPECT_EQ(zone_text({{"a.", "MX", "10 b."}, {"long.a.", "SRV", "0 0 0 ."}}),
            "a.       MX    10 b.\nlong.a.  SRV   0 0 0 .\n");
}

}  // namespace
}  // namespace yubin::cli
