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
)";

std::string text_of(RemoteHosts const& found) {
  if (auto const* outcome = std::get_if<smtp::Outcome>(&found))
    return (outcome->index() == 1 ? "deferred " : "failed ") + smtp::detail(*outcome).status.text();
  std::string out;
  for (RemoteHost const& host : std::get<std::vector<RemoteHost>>(found))
    out += (out.empty() ? "" : ", ") + host.name + " " + host.where.text();
  return out;
}

net::Task<> look_up(dns::Resolver& resolver, Random& random, RemoteOptions const& options, std::string destination,
                    std::promise<std::string>& result) {
  RemoteHosts const found = co_await find_remote_hosts(resolver, random, options, "us.test", std::move(destination));
  result.set_value(text_of(found));
}

// A host's name and address each, or the outcome.
std::string hosts(std::string destination, RemoteOptions options = {}) {
  dns::StaticResolver resolver(dns::Zone::parse(kZone).value());
  SeededRandom random(1);
  SystemClock const clock;
  net::Loops loops(1, clock);
  net::Loop& loop = loops.next();
  std::promise<std::string> result;
  loop.post([&] { net::spawn(loop, look_up(resolver, random, options, destination, result)); });
  std::string text = result.get_future().get();
  loops.begin_shut_down(std::chrono::seconds(5));
  loops.join();
  return text;
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
  EXPECT_EQ(hosts("null.test", {.relay = "mx2.test"}), "mx2.test 192.0.2.2:587");
  EXPECT_EQ(hosts("two.test", {.relay = "unknown.test", .relay_port = 25}), "deferred 4.4.3");
}

}  // namespace
}  // namespace yubin::deliver
