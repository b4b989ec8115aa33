// Where mail goes, with a zone file as the DNS.
#include "deliver/remote_hosts.h"

#include <gtest/gtest.h>

#include <future>

#include "base/clock.h"
#include "dns/static_resolver.h"

namespace yubin::deliver {
namespace {

constexpr std::string_view kZone = R"($ORIGIN test.
two MX 10 mx1
    MX 20 mx2
mx1 A 192.0.2.1
    AAAA 2001:db8::1
mx2 A 192.0.2.2
plain A 192.0.2.3
null MX 0 .
loop MX 10 here
here A 127.0.0.1
ours MX 10 us
behind MX 10 mx1
       MX 20 us
       MX 30 mx2
us A 192.0.2.9
hostless MX 10 gone
partly MX 10 unknown
; !fail unknown.test. SERVFAIL
; !fail broken.test. BOGUS
; !secure signed.test.
signed MX 10 mx.signed
       MX 20 ee.signed
       MX 30 mx1
mx.signed A 192.0.2.10
ee.signed A 192.0.2.11
_25._tcp.ee.signed TLSA 3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
ta.signed MX 10 alias.signed
alias.signed CNAME real.signed
real.signed A 192.0.2.12
_25._tcp.real.signed TLSA 2 0 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
out.signed MX 10 outside.signed
outside.signed CNAME mx1
_25._tcp.outside.signed TLSA 3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
weak.signed MX 10 pkix.signed
pkix.signed A 192.0.2.13
_25._tcp.pkix.signed TLSA 1 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
_587._tcp.pkix.signed TLSA 1 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
half.signed MX 10 fails.signed
            MX 20 mx2
fails.signed A 192.0.2.14
none.signed MX 10 fails.signed
self.signed A 192.0.2.15
_25._tcp.self.signed TLSA 3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
_587._tcp.self.signed TLSA 3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
unsigned MX 10 ee.signed
; !fail _25._tcp.fails.signed.test. SERVFAIL
)";

std::string text_of(TlsPolicy const& policy) {
  constexpr std::string_view kKinds[] = {"", " encrypted", " authorities", " dane"};
  std::string out(kKinds[static_cast<std::size_t>(policy.kind)]);
  for (std::string const& name : policy.wanted.names) out += " " + name;
  return out;
}

std::string text_of(RemoteHosts const& found) {
  if (auto const* outcome = std::get_if<smtp::Outcome>(&found))
    return (outcome->index() == 1 ? "deferred " : "failed ") + smtp::detail(*outcome).status.text();
  std::string out;
  for (RemoteHost const& host : std::get<std::vector<RemoteHost>>(found))
    out += (out.empty() ? "" : ", ") + host.name + " " + host.where.text() + text_of(host.tls);
  return out;
}

net::Task<> look_up(dns::Resolver& resolver, Random& random, RemoteOptions const& options, MailRoute const& route,
                    HostQuestion question, std::promise<std::string>& result) {
  RemoteHosts const found =
      co_await find_remote_hosts(resolver, random, options, route, "us.test", std::move(question));
  result.set_value(text_of(found));
}

// A host's name and address each, or the outcome.
std::string hosts(HostQuestion question, RemoteOptions options, MailRoute route) {
  dns::StaticResolver resolver(dns::Zone::parse(kZone).value());
  SeededRandom random(1);
  SystemClock const clock;
  net::Loops loops(1, clock);
  net::Loop& loop = loops.next();
  std::promise<std::string> result;
  loop.post([&] { net::spawn(loop, look_up(resolver, random, options, route, question, result)); });
  std::string text = result.get_future().get();
  loops.begin_shut_down(std::chrono::seconds(5));
  loops.join();
  return text;
}

std::string hosts(std::string destination, RemoteOptions options = {}, std::optional<StsPolicy> sts = {}) {
  return hosts(HostQuestion{std::move(destination), std::move(sts)}, std::move(options), MailRoute{});
}
std::string relayed(std::string destination, MailRoute route, std::optional<StsPolicy> sts = {}) {
  route.via = MailRoute::Via::relay;
  return hosts(HostQuestion{std::move(destination), std::move(sts)}, {}, std::move(route));
}

TEST(RemoteHosts, are_those_of_mx_in_their_order) {
  EXPECT_EQ(hosts("two.test"), "mx1.test 192.0.2.1:25, mx1.test [2001:db8::1]:25, mx2.test 192.0.2.2:25");
  EXPECT_EQ(hosts("two.test", {.attempts = 2}), "mx1.test 192.0.2.1:25, mx1.test [2001:db8::1]:25");
}

TEST(RemoteHosts, without_mx_are_the_domain_itself) {
  EXPECT_EQ(hosts("plain.test"), "plain.test 192.0.2.3:25");
  EXPECT_EQ(hosts("[192.0.2.7]"), "[192.0.2.7] 192.0.2.7:25");
  EXPECT_EQ(hosts("[IPv6:2001:db8::7]"), "[IPv6:2001:db8::7] [2001:db8::7]:25");
}

TEST(RemoteHosts, are_none_where_no_mail_can_go) {
  EXPECT_EQ(hosts("null.test"), "failed 5.1.10");
  EXPECT_EQ(hosts("nowhere.test"), "failed 5.1.2");
  EXPECT_EQ(hosts("hostless.test"), "failed 5.4.4");
}

TEST(RemoteHosts, are_not_known_when_the_dns_fails) {
  EXPECT_EQ(hosts("broken.test"), "deferred 4.4.3");
  EXPECT_EQ(hosts("partly.test"), "deferred 4.4.3");
}

TEST(RemoteHosts, are_neither_this_machine_nor_behind_it) {
  EXPECT_EQ(hosts("loop.test"), "failed 5.4.6");
  EXPECT_EQ(hosts("[127.0.0.1]"), "failed 5.4.6");
  EXPECT_EQ(hosts("loop.test", {.loopback = true}), "here.test 127.0.0.1:25");
  EXPECT_EQ(hosts("ours.test"), "failed 5.4.6");
  EXPECT_EQ(hosts("behind.test"), "mx1.test 192.0.2.1:25, mx1.test [2001:db8::1]:25");
}

// By its address, whatever its name is; a socket for any address stands for each of this machine.
TEST(RemoteHosts, are_no_socket_that_this_server_listens_on) {
  auto own = [](std::string_view where) {
    return RemoteOptions{.loopback = true, .own = {net::Endpoint::parse(where).value()}};
  };
  EXPECT_EQ(hosts("two.test", own("192.0.2.2:25")), "mx1.test 192.0.2.1:25, mx1.test [2001:db8::1]:25");
  EXPECT_EQ(hosts("two.test", own("[2001:db8::1]:25")), "failed 5.4.6");
  EXPECT_EQ(hosts("plain.test", own("192.0.2.3:2525")), "plain.test 192.0.2.3:25");
  EXPECT_EQ(hosts("loop.test", own("0.0.0.0:25")), "failed 5.4.6");
  EXPECT_EQ(hosts("[127.0.0.1]", own("[::]:25")), "failed 5.4.6");
  EXPECT_EQ(hosts("plain.test", own("0.0.0.0:25")), "plain.test 192.0.2.3:25");
}

TEST(RemoteHosts, are_the_relay_if_there_is_one) {
  using Tls = MailRoute::Tls;
  EXPECT_EQ(relayed("null.test", {.where = {"mx2.test"}}), "mx2.test 192.0.2.2:587 authorities mx2.test");
  EXPECT_EQ(relayed("null.test", {.where = {"mx2.test"}, .tls = Tls::required}), "mx2.test 192.0.2.2:587 encrypted");
  EXPECT_EQ(relayed("null.test", {.where = {"mx2.test"}, .tls = Tls::if_offered}), "mx2.test 192.0.2.2:587");
  EXPECT_EQ(relayed("null.test", {.where = {"[192.0.2.7]"}}), "[192.0.2.7] 192.0.2.7:587 authorities 192.0.2.7");
  EXPECT_EQ(relayed("null.test", {.where = {"self.signed.test"}}),
            "self.signed.test 192.0.2.15:587 dane self.signed.test");
  EXPECT_EQ(relayed("two.test", {.where = {"unknown.test", 25}}), "deferred 4.4.3");
}

TEST(RemoteHosts, that_a_message_with_requiretls_goes_to_are_vouched_for) {
  auto strict = [](std::string destination, std::optional<StsPolicy> sts = {}, MailRoute route = {}) {
    return hosts(HostQuestion{std::move(destination), std::move(sts), true}, {}, std::move(route));
  };
  EXPECT_EQ(strict("two.test"), "failed 5.7.30");
  EXPECT_EQ(strict("[192.0.2.7]"), "failed 5.7.30");
  StsPolicy const policy{.mode = StsPolicy::Mode::testing, .mx = {"mx2.test"}};
  EXPECT_EQ(strict("two.test", policy), "mx2.test 192.0.2.2:25 authorities mx2.test");
  EXPECT_EQ(strict("signed.test"),
            "mx.signed.test 192.0.2.10:25 authorities mx.signed.test, ee.signed.test 192.0.2.11:25 dane ee.signed.test "
            "signed.test, mx1.test 192.0.2.1:25 authorities mx1.test, mx1.test [2001:db8::1]:25 authorities mx1.test");
  MailRoute const relay{.via = MailRoute::Via::relay, .where = {"mx2.test"}, .tls = MailRoute::Tls::never};
  EXPECT_EQ(strict("two.test", {}, relay), "mx2.test 192.0.2.2:587 authorities mx2.test");
  for (auto const tls : {MailRoute::Tls::required, MailRoute::Tls::if_offered, MailRoute::Tls::never})
    EXPECT_EQ(strict("two.test", {}, {.via = MailRoute::Via::relay, .where = {"[192.0.2.7]"}, .tls = tls}),
              "[192.0.2.7] 192.0.2.7:587 authorities 192.0.2.7");
}

TEST(RemoteHosts, are_of_the_wanted_family) {
  using Family = RemoteOptions::Family;
  std::string const v4 = "mx1.test 192.0.2.1:25";
  std::string const v6 = "mx1.test [2001:db8::1]:25";
  std::string const second = "mx2.test 192.0.2.2:25";
  EXPECT_EQ(hosts("two.test", {.family = Family::ipv6_first}), v6 + ", " + v4 + ", " + second);
  EXPECT_EQ(hosts("two.test", {.family = Family::ipv4_first}), v4 + ", " + v6 + ", " + second);
  EXPECT_EQ(hosts("two.test", {.family = Family::ipv6_only}), v6);
  EXPECT_EQ(hosts("two.test", {.family = Family::ipv4_only}), v4 + ", " + second);
}

// RFC 7672 sections 2.2 and 3.2.2
TEST(RemoteHosts, must_match_their_tlsa_records) {
  EXPECT_EQ(hosts("signed.test"),
            "mx.signed.test 192.0.2.10:25, ee.signed.test 192.0.2.11:25 dane ee.signed.test signed.test, "
            "mx1.test 192.0.2.1:25, mx1.test [2001:db8::1]:25");
  EXPECT_EQ(hosts("ta.signed.test"), "alias.signed.test 192.0.2.12:25 dane real.signed.test ta.signed.test");
  EXPECT_EQ(hosts("self.signed.test"), "self.signed.test 192.0.2.15:25 dane self.signed.test");
  EXPECT_EQ(hosts("self.signed.test", {.dane = false}), "self.signed.test 192.0.2.15:25");
}

TEST(RemoteHosts, may_be_aliases_that_leave_the_signed_zone) {
  std::string const policy = " dane outside.signed.test out.signed.test";
  EXPECT_EQ(hosts("out.signed.test"),
            "outside.signed.test 192.0.2.1:25" + policy + ", outside.signed.test [2001:db8::1]:25" + policy);
}

TEST(RemoteHosts, with_unusable_tlsa_records_must_speak_tls) {
  EXPECT_EQ(hosts("weak.signed.test"), "pkix.signed.test 192.0.2.13:25 encrypted");
  MailRoute const relay{.where = {"pkix.signed.test"}, .tls = MailRoute::Tls::if_offered};
  EXPECT_EQ(relayed("null.test", relay), "pkix.signed.test 192.0.2.13:587 encrypted");
  // That is less than others ask for.
  EXPECT_EQ(relayed("null.test", {.where = {"pkix.signed.test"}}),
            "pkix.signed.test 192.0.2.13:587 authorities pkix.signed.test");
  EXPECT_EQ(hosts(HostQuestion{"weak.signed.test", {}, true}, {}, MailRoute{}),
            "pkix.signed.test 192.0.2.13:25 authorities pkix.signed.test");
}

TEST(RemoteHosts, are_left_out_while_their_tlsa_records_are_not_known) {
  EXPECT_EQ(hosts("half.signed.test"), "mx2.test 192.0.2.2:25");
  EXPECT_EQ(hosts("none.signed.test"), "deferred 4.4.3");
}

TEST(RemoteHosts, that_nobody_vouches_for_need_no_tlsa_records) {
  EXPECT_EQ(hosts("unsigned.test"), "ee.signed.test 192.0.2.11:25");
}

// RFC 8461 sections 2 and 4
TEST(RemoteHosts, must_be_named_by_an_mta_sts_policy_that_is_enforced) {
  StsPolicy policy{.mode = StsPolicy::Mode::enforce, .mx = {"mx2.test"}};
  EXPECT_EQ(hosts("two.test", {}, policy), "mx2.test 192.0.2.2:25 authorities mx2.test");
  policy.mx = {"*.other.test"};
  EXPECT_EQ(hosts("two.test", {}, policy), "deferred 4.7.5");
  EXPECT_EQ(hosts("self.signed.test", {}, policy), "self.signed.test 192.0.2.15:25 dane self.signed.test");
  policy.mode = StsPolicy::Mode::testing;
  EXPECT_EQ(hosts("two.test", {.attempts = 1}, policy), "mx1.test 192.0.2.1:25");
  EXPECT_EQ(relayed("null.test", {.where = {"mx2.test"}, .tls = MailRoute::Tls::never}, policy),
            "mx2.test 192.0.2.2:587");
}

}  // namespace
}  // namespace yubin::deliver
