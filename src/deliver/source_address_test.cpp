// From where our mail comes.
#include "deliver/source_address.h"

#include <gtest/gtest.h>

#include <future>

#include "dns/static_resolver.h"
#include "dns/watched_resolver.h"

namespace yubin::deliver {
namespace {

using namespace std::chrono_literals;

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

constexpr std::string_view kZone = R"($ORIGIN .
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR mx.us.test.
2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR mx.us.test.
mx.us.test. AAAA 2001:db8::1
; !fail 4.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. SERVFAIL
)";

class Sources : public testing::Test {
 protected:
  Sources() : resolver_(std::make_unique<dns::StaticResolver>(dns::Zone::parse(kZone).value()), clock_) {}
  ~Sources() override {
    loops_.begin_shut_down(5s);
    loops_.join();
  }

  template <class T>
  T wait(net::Task<T> task) {
    std::promise<T> promise;
    net::Loop& loop = loops_.next();
    auto run = [](net::Task<T> inner, std::promise<T>& result) -> net::Task<> {
      T value = co_await std::move(inner);
      result.set_value(std::move(value));
    };
    loop.post([&] { net::spawn(loop, run(std::move(task), promise)); });
    return promise.get_future().get();
  }

  // Which of these remain when our address is `source`.
  std::string kept(std::string_view source, std::vector<std::string> const& hosts) {
    std::vector<RemoteHost> all;
    for (std::string const& host : hosts) all.push_back({"mx", {ip(host), 25}});
    RemoteOptions const options{.sources = {ip(source)}};
    std::string out;
    for (RemoteHost const& host : wait(without_nameless(names_, options, "", std::move(all))))
      out += (out.empty() ? "" : " ") + host.where.address.text();
    return out;
  }

  ManualClock clock_{WallTime(std::chrono::days(20'000))};
  SystemClock system_clock_;
  net::Loops loops_{1, system_clock_};
  dns::WatchedResolver resolver_;
  ReverseNames names_{resolver_, clock_};
};

TEST(SourceAddress, is_the_domains_or_the_first_of_the_family) {
  RemoteOptions const options{.sources = {ip("192.0.2.1"), ip("192.0.2.2"), ip("2001:db8::1")},
                              .domain_sources = {{"a.test", ip("192.0.2.9")}}};
  EXPECT_EQ(source_for(options, "b.test", ip("198.51.100.1")), ip("192.0.2.1"));
  EXPECT_EQ(source_for(options, "A.test", ip("198.51.100.1")), ip("192.0.2.9"));
  EXPECT_EQ(source_for(options, "a.test", ip("2001:db8:1::1")), ip("2001:db8::1"));
  EXPECT_EQ(source_for({}, "a.test", ip("198.51.100.1")), std::nullopt);
}

TEST_F(Sources, of_ipv6_must_have_a_name_that_leads_back) {
  EXPECT_EQ(kept("2001:db8::1", {"2001:db8:1::1", "198.51.100.1"}), "2001:db8:1::1 198.51.100.1");
  EXPECT_EQ(kept("2001:db8::2", {"2001:db8:1::1", "198.51.100.1"}), "198.51.100.1");
  EXPECT_EQ(kept("2001:db8::3", {"2001:db8:1::1", "198.51.100.1"}), "198.51.100.1");
  EXPECT_EQ(kept("2001:db8::3", {"2001:db8:1::1"}), "2001:db8:1::1");
  EXPECT_EQ(names_.nameless(), (std::vector{ip("2001:db8::2"), ip("2001:db8::3")}));
}

TEST_F(Sources, are_believed_to_have_names_while_dns_does_not_tell) {
  EXPECT_EQ(kept("2001:db8::4", {"2001:db8:1::1", "198.51.100.1"}), "2001:db8:1::1 198.51.100.1");
  EXPECT_TRUE(names_.nameless().empty());
}

TEST_F(Sources, are_asked_about_once_an_hour) {
  kept("2001:db8::1", {"2001:db8:1::1"});
  auto const asked = resolver_.health().asked;
  kept("2001:db8::1", {"2001:db8:1::1"});
  EXPECT_EQ(resolver_.health().asked, asked);
  clock_.advance(1h);
  kept("2001:db8::1", {"2001:db8:1::1"});
  EXPECT_EQ(resolver_.health().asked, 2 * asked);
}

}  // namespace
}  // namespace yubin::deliver
