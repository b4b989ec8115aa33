#include "api/dns_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "dns/static_resolver.h"

namespace yubin::api {
namespace {

using Verdict = DnsFinding::Verdict;
using State = directory::SigningKey::State;

WallTime const kNow{std::chrono::days(20000)};
mime::Domain const kDomain = mime::Domain::parse("one.test").value();

DnsFacts facts() {
  return {.host_name = "mx.one.test",
          .addresses = {IpAddress::parse("198.18.0.1").value(), IpAddress::parse("2001:db9::1").value()},
          .ports = {{"mx", 25}, {"submissions", 465}, {"imaps", 993}},
          .certificates = {{.file = "cert.pem",
                            .names = {"mx.one.test"},
                            .expires = kNow + std::chrono::days(30),
                            .tlsa = dns::Tlsa{3, 1, 1, std::string(32, 'h')}}},
          .block_lists = {"list.test"},
          .web_host = "www.one.test",
          .issuers = {"ca.test", "other-ca.test"}};
}

std::vector<directory::SigningKey> keys() {
  std::vector<directory::SigningKey> out;
  for (auto const& [selector, state] :
       {std::pair("a-ed", State::retired), std::pair("b-ed", State::active), std::pair("0-ed", State::revoked)}) {
    directory::SigningKey key{.domain = kDomain, .selector = selector, .kind = directory::SigningKey::Kind::ed25519};
    key.state = state;
    key.public_part = std::string(32, selector[0]);
    out.push_back(std::move(key));
  }
  return out;
}

std::vector<DnsRecord> all_records() {
  std::vector<DnsRecord> all = records_of_domain(facts(), kDomain, keys());
  for (DnsRecord& one : records_of_host(facts())) all.push_back(std::move(one));
  return all;
}

std::string reverse_of(std::string_view address) {
  return dns::Question::reverse(IpAddress::parse(address).value()).name + ". PTR mx.one.test.\n";
}
std::string const kReverse = reverse_of("198.18.0.1") + reverse_of("2001:db9::1") + "www.one.test. A 198.18.0.9\n";

std::vector<DnsFinding> check(std::string const& zone, DnsFacts const& of = facts(), WallTime now = kNow) {
  Result<dns::Zone> parsed = dns::Zone::parse(zone);
  EXPECT_TRUE(parsed) << parsed.error().detail;
  dns::StaticResolver const resolver(*std::move(parsed));
  DnsWorld const world{.facts = of,
                       .ask =
                           [&](std::vector<dns::Question> const& questions) {
                             std::vector<dns::Answer> answers;
                             for (dns::Question const& one : questions) answers.push_back(resolver.answer(one));
                             return answers;
                           },
                       .now = now};
  std::vector<DnsFinding> all = check_domain(world, kDomain, keys());
  for (DnsFinding& one : check_host(world)) all.push_back(std::move(one));
  return all;
}

// "name type verdict: words" of those that are not good.
std::vector<std::string> troubles(std::vector<DnsFinding> const& findings) {
  std::vector<std::string> out;
  for (DnsFinding const& one : findings) {
    if (one.verdict != Verdict::good)
      out.push_back(one.name + " " + one.type + " " + std::string(to_string(one.verdict)) + ": " + one.words);
  }
  return out;
}

TEST(DnsCheck, what_is_shown_is_good_once_it_is_published) {
  EXPECT_EQ(troubles(check(zone_text(all_records()) + kReverse)), std::vector<std::string>{});
  // Also as one text with its explanations, which are comments.
  EXPECT_EQ(troubles(check(dns_advice(facts(), kDomain, keys()) + kReverse)), std::vector<std::string>{});
}

TEST(DnsCheck, each_record_that_is_missing_is_named) {
  std::vector<DnsRecord> const all = all_records();
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<DnsRecord> others = all;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    std::vector<DnsFinding> const findings = check(zone_text(others) + kReverse);
    auto named = [&](DnsFinding const& one) {
      // The authorities that are named still keep out the other one.
      bool const must = all[i].required || all[i].type == "CAA";
      Verdict const least = must ? Verdict::bad : Verdict::advice;
      return one.name == all[i].name && one.type == all[i].type && one.verdict == least;
    };
    EXPECT_TRUE(std::ranges::any_of(findings, named)) << all[i].name << " " << all[i].type;
  }
}

// In the place of a record another one of the same name and type.
TEST(DnsCheck, each_record_that_is_wrong_is_named) {
  std::map<std::string, std::string> const wrong{
      {"MX", "10 mx.two.test."},       {"A", "198.18.0.2"},
      {"AAAA", "2001:db9::2"},         {"CNAME", "www.two.test."},
      {"SRV", "0 1 993 mx.two.test."}, {"TXT", "\"v=spf1 -all\""},
      {"CAA", "0 issue \";\""},        {"TLSA", "3 1 1 " + std::string(64, '0')}};
  for (DnsRecord const& one : all_records()) {
    // A service that is closed may well be somewhere else.
    if (one.value == "0 0 0 .") continue;
    std::vector<DnsRecord> all = all_records();
    auto const same = std::ranges::find_if(
        all, [&](DnsRecord const& each) { return each.name == one.name && each.type == one.type; });
    same->value = wrong.at(one.type);
    std::vector<DnsFinding> const findings = check(zone_text(all) + kReverse);
    auto named = [&](DnsFinding const& each) {
      return each.name == one.name && each.type == one.type && each.verdict == Verdict::bad;
    };
    EXPECT_TRUE(std::ranges::any_of(findings, named)) << one.name << " " << one.type;
  }
}

TEST(DnsCheck, what_is_different_and_good_is_left_alone) {
  std::vector<DnsRecord> all = all_records();
  for (DnsRecord& one : all) {
    if (one.purpose == DnsRecord::Purpose::spf)
      one.value = "\"v=spf1 ip4:198.18.0.1 ip6:2001:db9::/64 include:none.test -all\"";
    if (one.purpose == DnsRecord::Purpose::dmarc) one.value = "\"v=DMARC1; p=reject\"";
    if (one.purpose == DnsRecord::Purpose::mx) one.value = "20 MX.one.test.";
    if (one.name == "_imaps._tcp.one.test.") one.value = "5 7 993 mx.one.test.";
  }
  EXPECT_EQ(troubles(check(zone_text(all) + kReverse + "one.test. MX 30 mx.two.test.\none.test. TXT other\n")),
            std::vector<std::string>{});
}

TEST(DnsCheck, an_spf_record_without_one_of_our_addresses_is_bad) {
  std::vector<DnsRecord> all = all_records();
  for (DnsRecord& one : all) {
    if (one.purpose == DnsRecord::Purpose::spf) one.value = "\"v=spf1 ip4:198.18.0.1 -all\"";
  }
  EXPECT_EQ(troubles(check(zone_text(all) + kReverse)),
            std::vector<std::string>{"one.test. TXT bad: mail from 2001:db9::1 gets \"fail\""});
}

TEST(DnsCheck, a_closed_service_must_not_lead_here) {
  std::vector<DnsRecord> all = all_records();
  for (DnsRecord& one : all) {
    if (one.name == "_imap._tcp.one.test.") one.value = "0 1 143 mx.one.test.";
  }
  EXPECT_EQ(troubles(check(zone_text(all) + kReverse)),
            std::vector<std::string>{"_imap._tcp.one.test. SRV bad: it leads here, where nobody listens for it"});
}

// RFC 8659 sections 3, 4
TEST(DnsCheck, an_authority_must_be_allowed_where_the_nearest_records_are) {
  std::vector<DnsRecord> all = all_records();
  std::erase_if(all, [](DnsRecord const& one) { return one.type == "CAA"; });
  std::string const zone = zone_text(all) + kReverse;
  auto const said = [&](std::string const& records) {
    std::vector<std::string> const found = troubles(check(zone + records));
    return found.empty() ? "" : found.front();
  };
  std::string const name = "mx.one.test. CAA ";
  EXPECT_EQ(said(""), name + "advice: there is no such record");
  EXPECT_EQ(said("one.test. CAA 0 issue \"CA.test; account=1\"\none.test. CAA 0 issue other-ca.test\n"), "");
  EXPECT_EQ(said("one.test. CAA 0 issue ca.test\n"), name + "bad: other-ca.test may not issue certificates");
  EXPECT_EQ(said("test. CAA 0 issue \";\"\n"), name + "bad: ca.test may not issue certificates");
  EXPECT_EQ(said("mx.one.test. CAA 0 iodef \"mailto:a@one.test\"\ntest. CAA 0 issue \";\"\n"),
            name + "advice: it lets everybody issue certificates");
  EXPECT_EQ(
      said("mx.one.test. CAA 128 new x\nmx.one.test. CAA 0 issue ca.test\nmx.one.test. CAA 0 issue other-ca.test\n"),
      name + "bad: nobody may issue a certificate: \"new\" is critical and not understood");
  EXPECT_THAT(troubles(check(zone + "; !fail mx.one.test. SERVFAIL\n")),
              testing::Contains(testing::StartsWith(name + "unknown: SERVFAIL")));
}

// Who tries the server out has no names for such addresses, and needs none.
TEST(DnsCheck, addresses_of_loopback_are_in_no_list_and_have_no_names) {
  DnsFacts local = facts();
  local.addresses = {IpAddress::parse("127.0.0.1").value()};
  std::string const zone = zone_text(records_of_domain(local, kDomain, keys())) + zone_text(records_of_host(local));
  EXPECT_EQ(troubles(check(zone, local)), std::vector<std::string>{});
  EXPECT_EQ(dns_advice(local, kDomain, keys()).find("PTR mx"), std::string::npos);
}

TEST(DnsCheck, names_of_addresses_must_lead_back) {
  std::string const zone = zone_text(all_records());
  auto const bad = [&](std::string const& reverse) {
    std::vector<std::string> found = troubles(check(zone + reverse + kReverse.substr(kReverse.find('\n') + 1)));
    return found.empty() ? "" : found.front();
  };
  EXPECT_EQ(bad(""), "1.0.18.198.in-addr.arpa. PTR bad: the address has no name: many servers refuse its mail");
  EXPECT_EQ(bad("1.0.18.198.in-addr.arpa. PTR www.one.test.\n"),
            "1.0.18.198.in-addr.arpa. PTR bad: its name does not lead back to it: many servers refuse its mail");
  EXPECT_EQ(bad("1.0.18.198.in-addr.arpa. PTR else.one.test.\nelse.one.test. A 198.18.0.1\n"),
            "1.0.18.198.in-addr.arpa. PTR advice: another name than the one that this server greets with");
  EXPECT_EQ(bad("; !fail 1.0.18.198.in-addr.arpa. SERVFAIL\n"), "1.0.18.198.in-addr.arpa. PTR unknown: SERVFAIL");
}

// RFC 5782 section 2
TEST(DnsCheck, a_listing_is_bad_and_a_list_that_does_not_answer_unknown) {
  std::string const zone = zone_text(all_records()) + kReverse;
  EXPECT_EQ(troubles(check(zone + "1.0.18.198.list.test. A 127.0.0.2\n")),
            std::vector<std::string>{"list.test. block list bad: 198.18.0.1 is in it"});
  EXPECT_EQ(check(zone + "1.0.18.198.list.test. A 127.255.255.254\n").size(), check(zone).size());
  EXPECT_EQ(troubles(check(zone + "1.0.18.198.list.test. A 127.255.255.254\n")).front().substr(0, 30),
            "list.test. block list unknown:");
  EXPECT_EQ(troubles(check(zone + "; !fail 1.0.18.198.list.test. TIMEOUT\n")),
            std::vector<std::string>{"list.test. block list unknown: timeout"});
}

TEST(DnsCheck, a_certificate_about_to_expire_is_bad) {
  std::string const zone = zone_text(all_records()) + kReverse;
  EXPECT_EQ(troubles(check(zone, facts(), kNow + std::chrono::days(17))),
            std::vector<std::string>{"cert.pem certificate bad: it expires soon"});
  EXPECT_EQ(troubles(check(zone, facts(), kNow + std::chrono::days(31))),
            std::vector<std::string>{"cert.pem certificate bad: it has expired"});
}

// A failure of the DNS is never a missing record.
TEST(DnsCheck, what_cannot_be_asked_is_unknown) {
  std::vector<DnsFinding> const findings = check("; !fail one.test. SERVFAIL\n; !fail _dmarc.one.test. TIMEOUT\n");
  for (DnsFinding const& one : findings) {
    if (one.name == "one.test." || one.name == "_dmarc.one.test.") EXPECT_EQ(one.verdict, Verdict::unknown) << one.type;
  }
}

TEST(DnsRecords, without_tls_or_web_host_promise_nothing) {
  DnsFacts bare = facts();
  bare.certificates.clear();
  bare.web_host.clear();
  for (DnsRecord const& one : records_of_host(bare)) EXPECT_NE(one.type, "TLSA");
  std::string const text = zone_text(records_of_domain(bare, kDomain, {}));
  EXPECT_NE(text.find("_autodiscover._tcp.one.test.  SRV    0 0 0 ."), std::string::npos) << text;
  EXPECT_EQ(text.find("mta-sts"), std::string::npos);
}

TEST(DnsRecords, tell_of_a_port_that_others_do_not_bring_mail_to) {
  DnsFacts other = facts();
  EXPECT_EQ(dns_advice(other, kDomain, keys()).find("others bring mail"), std::string::npos);
  other.ports.front().port = 2525;
  EXPECT_NE(
      dns_advice(other, kDomain, keys()).find("; others bring mail to port 25; this server listens for it on 2525\n"),
      std::string::npos);
}

TEST(DnsRecords, forms_want_no_quotes) {
  EXPECT_EQ(form_text({all_records()[1]}), "name:  one.test.\ntype:  TXT\nvalue: v=spf1 mx -all\n\n");
}

}  // namespace
}  // namespace yubin::api
