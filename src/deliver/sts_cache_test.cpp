// MTA-STS policies: when one is fetched, how long it holds, what stands in for it. DNS is a zone, HTTPS a function.
#include "deliver/sts_cache.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>

#include "dns/static_resolver.h"
#include "kv/memory_key_value.h"

namespace yubin::deliver {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kZone = R"($ORIGIN test.
_mta-sts.a TXT "v=STSv1; id=1;"
mta-sts.a A 192.0.2.1
_mta-sts.local TXT "v=STSv1; id=1;"
mta-sts.local A 127.0.0.1
plain A 192.0.2.2
)";
constexpr std::string_view kRenewed = R"($ORIGIN test.
_mta-sts.a TXT "v=STSv1; id=2;"
mta-sts.a A 192.0.2.1
)";

std::string policy(std::string_view mode, int max_age = 86'400) {
  return fmt::format("version: STSv1\nmode: {}\nmx: mx.a.test\nmax_age: {}\n", mode, max_age);
}

// A server: its cache, on a store that outlives it.
class StsCacheTest : public testing::Test {
 protected:
  StsCacheTest() : loops_(1, system_clock_), committer_(store_, kv::Committer::Options{}) { restart(kZone); }
  ~StsCacheTest() override {
    loops_.begin_shut_down(5s);
    loops_.join();
  }

  void restart(std::string_view zone) {
    resolver_ = std::make_unique<dns::StaticResolver>(dns::Zone::parse(zone).value());
    auto get = [this](net::Loop&, http::Fetch what) -> net::Task<Result<http::Response>> {
      fetched_.push_back(fmt::format("{}{} {}", what.host, what.target, what.addresses.front().text()));
      co_return answer_;
    };
    cache_ = std::make_unique<StsCache>(
        StsCache::Services{*resolver_, store_, committer_, pool_, clock_, std::move(get)}, StsOptions{});
  }

  template <class Fn>
  void on_loop(Fn fn) {
    std::promise<void> done;
    net::Loop& loop = loops_.next();
    auto task = [](Fn run, net::Loop& on, std::promise<void>& promise) -> net::Task<> {
      co_await run(on);
      promise.set_value();
    };
    loop.post([&] { net::spawn(loop, task(fn, loop, done)); });
    done.get_future().get();
  }

  // "enforce", "-", and behind it why the newest policy could not be had.
  std::string find(std::string domain) {
    StsCache::Found found;
    on_loop([&](net::Loop& loop) -> net::Task<> { found = co_await cache_->find(loop, domain); });
    std::string out = found.policy ? std::string(to_string(found.policy->mode)) : "-";
    return found.trouble == StsCache::Trouble::none ? out : out + ": " + found.why;
  }
  void refresh() {
    on_loop([&](net::Loop& loop) -> net::Task<> { co_await cache_->refresh(loop); });
  }

  SystemClock system_clock_;
  ManualClock clock_{WallTime(std::chrono::days(20'000))};
  net::Loops loops_;
  kv::MemoryKeyValue store_;
  kv::Committer committer_;
  InlineExecutor pool_;
  std::unique_ptr<dns::StaticResolver> resolver_;
  std::unique_ptr<StsCache> cache_;
  Result<http::Response> answer_ = http::Response{200, "text/plain; charset=utf-8", policy("enforce")};
  std::vector<std::string> fetched_;
};

TEST_F(StsCacheTest, a_policy_is_fetched_once_and_holds_after_a_restart) {
  EXPECT_EQ(find("a.test"), "enforce");
  EXPECT_EQ(find("a.test"), "enforce");
  restart(kZone);
  EXPECT_EQ(find("a.test"), "enforce");
  EXPECT_EQ(fetched_, std::vector<std::string>{"mta-sts.a.test/.well-known/mta-sts.txt 192.0.2.1"});
}

TEST_F(StsCacheTest, without_a_record_nothing_is_fetched) {
  EXPECT_EQ(find("plain.test"), "-");
  EXPECT_TRUE(fetched_.empty());
}

TEST_F(StsCacheTest, another_id_brings_another_policy) {
  EXPECT_EQ(find("a.test"), "enforce");
  restart(kRenewed);
  answer_ = http::Response{200, "text/plain", policy("testing")};
  EXPECT_EQ(find("a.test"), "testing");
  EXPECT_EQ(fetched_.size(), 2U);
}

// RFC 8461 section 5.1
TEST_F(StsCacheTest, the_old_policy_holds_when_the_new_one_or_the_record_cannot_be_had) {
  EXPECT_EQ(find("a.test"), "enforce");
  restart(kRenewed);
  answer_ = fail(Errc::temporary, "no answer");
  EXPECT_EQ(find("a.test"), "enforce: no answer");
  restart("; !fail _mta-sts.a.test. TIMEOUT\n");
  EXPECT_EQ(find("a.test"), "enforce");
  clock_.advance(86'401s);
  EXPECT_EQ(find("a.test"), "-");
}

TEST_F(StsCacheTest, what_fails_is_not_tried_again_at_once) {
  answer_ = http::Response{404, "text/plain", ""};
  EXPECT_EQ(find("a.test"), "-: the server answers 404");
  EXPECT_EQ(find("a.test"), "-: the server answers 404");
  EXPECT_EQ(fetched_.size(), 1U);
  clock_.advance(301s);
  answer_ = http::Response{200, "text/plain", policy("enforce")};
  EXPECT_EQ(find("a.test"), "enforce");
}

TEST_F(StsCacheTest, what_is_no_policy_is_none) {
  answer_ = http::Response{301, "text/plain", policy("enforce")};
  EXPECT_EQ(find("a.test"), "-: the server answers 301");
  clock_.advance(301s);
  answer_ = http::Response{200, "text/html", policy("enforce")};
  EXPECT_EQ(find("a.test"), "-: the policy is \"text/html\", no text/plain");
  clock_.advance(301s);
  answer_ = http::Response{200, "text/plain", "version: STSv1\n"};
  EXPECT_EQ(find("a.test"), "-: the policy has no mode");
  EXPECT_EQ(find("local.test"), "-: mta-sts.local.test has no address");
}

TEST_F(StsCacheTest, those_in_use_are_refreshed_daily_and_those_that_are_over_forgotten) {
  EXPECT_EQ(find("a.test"), "enforce");
  EXPECT_EQ(find("a.test"), "enforce");
  refresh();
  EXPECT_EQ(fetched_.size(), 1U);
  clock_.advance(86'399s);
  refresh();
  EXPECT_EQ(fetched_.size(), 1U);
  clock_.advance(1s);
  refresh();
  EXPECT_EQ(fetched_.size(), 2U);
  clock_.advance(86'401s);
  refresh();
  EXPECT_EQ(fetched_.size(), 2U);
  EXPECT_TRUE(store_.scan(kv::Table::queue, sts_range(), {}).value().rows.empty());
}

TEST(StsRows, are_read_as_they_were_written) {
  StsRow const row{"20260101", {StsPolicy::Mode::enforce, {"mx.a.test", "*.b.test"}, 86'400s}, 1'700'000'000};
  EXPECT_EQ(decode_sts(encode_sts(row)).value(), row);
  EXPECT_EQ(sts_domain(sts_key("a.test")), "a.test");
  std::string const value = encode_sts(row);
  for (std::size_t length = 0; length < value.size(); ++length)
    EXPECT_FALSE(decode_sts(value.substr(0, length))) << length;
  EXPECT_FALSE(decode_sts("\x02" + value.substr(1)));
}

}  // namespace
}  // namespace yubin::deliver
