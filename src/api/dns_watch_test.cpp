#include "api/dns_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "dns/static_resolver.h"
#include "tests/kit/memory_directory.h"

namespace yubin::api {
namespace {

// A DNS that may be changed while it is asked.
class ChangingResolver final : public dns::Resolver {
 public:
  void publish(std::string const& zone) {
    now_ = std::make_unique<dns::StaticResolver>(dns::Zone::parse(zone).value());
  }
  void look_up(dns::Question question, Callback done) override {
    asked.push_back(question.name);
    now_->look_up(std::move(question), std::move(done));
  }

  std::vector<std::string> asked;

 private:
  std::unique_ptr<dns::StaticResolver> now_;
};

struct DnsWatchTest : testing::Test {
  DnsWatchTest() {
    EXPECT_TRUE(directory->add_domain(domain).wait());
    EXPECT_TRUE(ring.ensure(domain).wait());
    resolver.publish("");
  }
  static DnsFacts facts() {
    return {.host_name = "mx.one.test",
            .addresses = {IpAddress::parse("198.18.0.1").value()},
            .block_lists = {},
            .web_host = ""};
  }
  // All that is shown, but one type.
  void publish(std::string_view but = "") {
    std::vector<DnsRecord> records = records_of_domain(facts(), domain, ring.of(domain).value());
    for (DnsRecord& one : records_of_host(facts())) records.push_back(std::move(one));
    std::erase_if(records, [&](DnsRecord const& one) { return one.type == but; });
    resolver.publish(zone_text(records) + "1.0.18.198.in-addr.arpa. PTR mx.one.test.\n");
  }
  Result<std::vector<DnsFinding>> check(mime::Domain const& of) {
    std::promise<Result<std::vector<DnsFinding>>> found;
    watch.check(of, [&](Result<std::vector<DnsFinding>> one) { found.set_value(std::move(one)); });
    return found.get_future().get();
  }
  void go_round() {
    while (watch.check_one().value() == Turn::more) {
    }
  }
  bool warns_of(std::string_view words) {
    std::vector<std::string> const all = watch.warnings();
    return std::ranges::any_of(all, [&](std::string const& one) { return one.find(words) != std::string::npos; });
  }

  mime::Domain const domain = kit::domain("one.test");
  kit::MemoryDirectory directory;
  SeededRandom random{1};
  policy::KeyRing ring{{directory.signing_keys(), *directory, random, directory.clock()},
                       Secret(std::string(policy::KeySeal::kKey, 'k')),
                       {}};
  ChangingResolver resolver;
  DnsWatch watch{{ring, *directory, &resolver, directory.clock(), facts}};
};

TEST_F(DnsWatchTest, what_is_wrong_stands_there_until_it_is_right) {
  go_round();
  EXPECT_TRUE(warns_of("in the DNS of one.test: one.test. MX: there is no such record"));
  EXPECT_TRUE(warns_of("in the DNS: mx.one.test. A: there is no such record"));
  publish("MX");
  go_round();
  // Without it the SPF record, which names it, lets nobody send.
  EXPECT_EQ(watch.warnings(),
            (std::vector<std::string>{"in the DNS of one.test: one.test. MX: there is no such record",
                                      "in the DNS of one.test: one.test. TXT: mail from 198.18.0.1 gets \"fail\""}));
  publish();
  Result<std::vector<DnsFinding>> const found = check(domain);
  ASSERT_TRUE(found);
  for (DnsFinding const& one : *found) EXPECT_EQ(one.verdict, DnsFinding::Verdict::good) << one.name << one.type;
  EXPECT_TRUE(watch.warnings().empty());
}

// A failure of the DNS is no news.
TEST_F(DnsWatchTest, what_cannot_be_asked_is_as_it_was) {
  publish("MX");
  ASSERT_TRUE(check(domain));
  EXPECT_TRUE(warns_of("one.test. MX"));
  resolver.publish("; !fail one.test. SERVFAIL\n");
  ASSERT_TRUE(check(domain));
  EXPECT_TRUE(warns_of("one.test. MX"));
}

// A block list that answers nobody never says anything.
TEST_F(DnsWatchTest, what_was_mended_is_right_whatever_else_cannot_be_asked) {
  std::string const fail = "; !fail 1.0.18.198.in-addr.arpa. SERVFAIL\n";
  resolver.publish(fail);
  ASSERT_TRUE(check(domain));
  EXPECT_TRUE(warns_of("mx.one.test. A: there is no such record"));
  resolver.publish("mx.one.test. A 198.18.0.1\n" + fail);
  ASSERT_TRUE(check(domain));
  EXPECT_FALSE(warns_of("mx.one.test. A: there is no such record"));
}

// Block lists are asked about an address once, however many domains there are.
TEST_F(DnsWatchTest, the_host_is_checked_once_in_a_round) {
  EXPECT_TRUE(directory->add_domain(kit::domain("two.test")).wait());
  go_round();
  std::string const reverse = "1.0.18.198.in-addr.arpa";
  EXPECT_EQ(std::ranges::count(resolver.asked, reverse), 1);
  go_round();
  EXPECT_EQ(std::ranges::count(resolver.asked, reverse), 2);
}

TEST_F(DnsWatchTest, only_domains_of_ours_are_checked) {
  EXPECT_EQ(check(kit::domain("two.test")).error().code, Errc::not_found);
  ASSERT_TRUE(check(domain));
  EXPECT_FALSE(watch.warnings().empty());
  ASSERT_TRUE(directory->remove_domain(domain).wait());
  go_round();
  EXPECT_FALSE(warns_of("of one.test"));
}

}  // namespace
}  // namespace yubin::api
