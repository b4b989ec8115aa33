#include "cli/dns_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/dns_records.h"

namespace yubin::cli {
namespace {

api::DnsFacts facts(std::string_view more) {
  std::string const text =
      "host_name = \"mx.example.org\"\n[tls]\ncertificate = \"/c\"\nkey = \"/k\"\n" + std::string(more);
  return facts_of(config::parse(text, "f").value().config);
}

std::vector<std::string> lines_of(std::vector<api::DnsRecord> const& records) {
  std::vector<std::string> lines;
  for (api::DnsRecord const& record : records) lines.push_back(record.name + " " + record.type + " " + record.value);
  return lines;
}

std::vector<std::string> domain_lines(std::string_view more, std::string_view domain) {
  return lines_of(api::records_of_domain(facts(more), mime::Domain::parse(domain).value(), {}));
}

TEST(DnsFacts, are_those_of_the_default_listeners) {
  EXPECT_THAT(domain_lines("", "example.net"),
              testing::ElementsAre(
                  "example.net. MX 10 mx.example.org.", "example.net. TXT \"v=spf1 mx -all\"",
                  "_dmarc.example.net. TXT \"v=DMARC1; p=none; rua=mailto:dmarc-reports@example.net\"",
                  "_smtp._tls.example.net. TXT \"v=TLSRPTv1; rua=mailto:tls-reports@example.net\"",
                  "_submissions._tcp.example.net. SRV 0 1 465 mx.example.org.",
                  "_submission._tcp.example.net. SRV 0 1 587 mx.example.org.",
                  "_imaps._tcp.example.net. SRV 0 1 993 mx.example.org.", "_imap._tcp.example.net. SRV 0 0 0 .",
                  "_pop3s._tcp.example.net. SRV 0 1 995 mx.example.org.", "_pop3._tcp.example.net. SRV 0 0 0 .",
                  "_autodiscover._tcp.example.net. SRV 0 0 0 ."));
}

TEST(DnsFacts, name_the_port_that_is_listened_on_and_no_private_one) {
  std::vector<std::string> const lines = domain_lines(
      "[[listener]]\nservice = \"imaps\"\naddress = \"127.0.0.1:993\"\n"
      "[[listener]]\nservice = \"imaps\"\naddress = \"0.0.0.0:1993\"\nlegacy_tls = true\n"
      "[[listener]]\nservice = \"imaps\"\naddress = \"0.0.0.0:2993\"\n"
      "[[listener]]\nservice = \"pop3s\"\naddress = \"[::1]:995\"\n",
      "example.org");
  EXPECT_THAT(lines, testing::Contains("_imaps._tcp.example.org. SRV 0 1 2993 mx.example.org."));
  EXPECT_THAT(lines, testing::Contains("_pop3s._tcp.example.org. SRV 0 0 0 ."));
}

TEST(DnsFacts, of_the_host_are_the_addresses_that_are_set) {
  EXPECT_THAT(lines_of(api::records_of_host(facts("[dns]\naddresses = [\"192.0.2.1\", \"2001:db8::1\"]\n"))),
              testing::ElementsAre("mx.example.org. A 192.0.2.1", "mx.example.org. AAAA 2001:db8::1",
                                   "mx.example.org. TXT \"v=spf1 a -all\""));
}

TEST(DnsFacts, reports_come_to_the_postmaster_where_the_server_does_not_read_them) {
  EXPECT_THAT(domain_lines("[reports]\nreceive = false\n", "example.net"),
              testing::IsSupersetOf({"_dmarc.example.net. TXT \"v=DMARC1; p=none; rua=mailto:postmaster@example.net\"",
                                     "_smtp._tls.example.net. TXT \"v=TLSRPTv1; rua=mailto:postmaster@example.net\""}));
}

// RFC 7208 section 4.5: two records at one name would be none.
TEST(DnsFacts, a_host_that_is_a_domain_too_has_one_spf_record) {
  std::string const text = api::dns_advice(facts(""), mime::Domain::parse("mx.example.org").value(), {});
  EXPECT_EQ(text.find("v=spf1"), text.rfind("v=spf1"));
}

TEST(DnsFacts, mail_that_goes_by_a_relay_comes_from_there) {
  EXPECT_THAT(domain_lines("[outgoing]\nrelay = \"relay.example.net\"\n", "example.org"),
              testing::Contains("example.org. TXT \"v=spf1 mx a:relay.example.net ~all\""));
}

}  // namespace
}  // namespace yubin::cli
