#include "server/judge.h"

#include <gtest/gtest.h>

#include <future>

#include "dns/static_resolver.h"

namespace yubin::server {
namespace {

constexpr std::string_view kZone = R"($ORIGIN test.
one TXT "v=spf1 include:two.test -all"
two TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.one TXT "v=DMARC1; p=reject"
)";

// Each question takes so long, on a clock that is moved by hand.
class SlowResolver final : public dns::Resolver {
 public:
  SlowResolver(ManualClock& clock, std::chrono::seconds each)
      : clock_(clock), each_(each), zone_(dns::Zone::parse(kZone).value()) {}

  void look_up(dns::Question question, Callback done) override {
    ++asked;
    clock_.advance(each_);
    zone_.look_up(std::move(question), std::move(done));
  }
  int asked = 0;

 private:
  ManualClock& clock_;
  std::chrono::seconds each_;
  dns::StaticResolver zone_;
};

net::Task<> run(dns::Resolver& resolver, Executor& pool, Clock const& clock, JudgeRequest request,
                std::promise<Judgement>& result) {
  Judgement judgement = co_await judge(resolver, pool, clock, std::move(request));
  result.set_value(std::move(judgement));
}

struct Case {
  Judgement judgement;
  int asked = 0;

  std::string result(std::string_view check) const {
    for (policy::Finding const& finding : judgement.findings) {
      if (finding.check == check) return finding.result;
    }
    return "not run";
  }
};

Case judged(std::chrono::seconds each, JudgeOptions options = {}, std::string const& before = "") {
  ManualClock clock(WallTime(std::chrono::seconds(1'700'000'000)));
  SlowResolver resolver(clock, each);
  InlineExecutor pool;
  auto message = std::make_shared<policy::MessageReader>();
  message->feed(before + "From: a@one.test\r\n\r\nhello\r\n");
  message->finish();
  JudgeRequest const request{.options = options,
                             .host_name = "mx.test",
                             .client = IpAddress::v4({192, 0, 2, 1}),
                             .helo = "mx.one.test",
                             .sender = "a@one.test",
                             .message = message};
  SystemClock const time;
  net::Loops loops(1, time);
  net::Loop& loop = loops.next();
  std::promise<Judgement> result;
  loop.post([&] { net::spawn(loop, run(resolver, pool, clock, request, result)); });
  Judgement judgement = result.get_future().get();
  loops.begin_shut_down(std::chrono::seconds(5));
  loops.join();
  return {std::move(judgement), resolver.asked};
}

TEST(Judge, runs_all_checks_and_says_so_in_one_field) {
  Case const all = judged(std::chrono::seconds(0));
  EXPECT_EQ(all.result("spf"), "pass");
  EXPECT_EQ(all.result("dkim"), "none");
  EXPECT_EQ(all.result("arc"), "none");
  EXPECT_EQ(all.result("iprev"), "permerror");
  EXPECT_EQ(all.result("dmarc"), "pass");
  EXPECT_TRUE(all.judgement.results.starts_with("Authentication-Results: mx.test;\r\n\t"));
}

// RFC 8617 section 5.2: a message whose chain is broken is treated as one without.
TEST(Judge, a_broken_chain_is_as_none) {
  Case const none = judged(std::chrono::seconds(0));
  Case const broken = judged(std::chrono::seconds(0), {}, "ARC-Seal: i=1; cv=none\r\n");
  EXPECT_EQ(broken.result("arc"), "fail");
  for (char const* check : {"spf", "dkim", "iprev", "dmarc"}) EXPECT_EQ(broken.result(check), none.result(check));
  EXPECT_EQ(broken.judgement.vouching, none.judgement.vouching);
  EXPECT_EQ(broken.judgement.aligned, none.judgement.aligned);
}

TEST(Judge, runs_what_is_wanted) {
  using policy::Mode;
  Case const dkim = judged(std::chrono::seconds(0), {.spf = Mode::off, .dkim = Mode::observe, .dmarc = Mode::off});
  EXPECT_EQ(dkim.result("dkim"), "none");
  EXPECT_EQ(dkim.result("spf"), "not run");
  EXPECT_EQ(dkim.result("dmarc"), "not run");
  EXPECT_EQ(dkim.asked, 0);
  Case const dmarc = judged(std::chrono::seconds(0), {.spf = Mode::off, .dkim = Mode::off, .dmarc = Mode::observe});
  EXPECT_EQ(dmarc.result("dmarc"), "fail");
}

// A DNS that is slow costs a message no more than the patience and the round that is under way.
TEST(Judge, asks_nothing_more_once_its_patience_is_over) {
  Case const slow = judged(std::chrono::seconds(10));
  EXPECT_EQ(slow.asked, 2);  // the first round: SPF's record and the address's name
  EXPECT_EQ(slow.result("spf"), "temperror");
  EXPECT_EQ(slow.result("dmarc"), "temperror");
  EXPECT_NE(slow.judgement.results.find("spf=temperror"), std::string::npos);
}

TEST(Judge, a_finding_is_one_line) {
  EXPECT_EQ(line_of({.check = "spf", .result = "pass", .summary = "fine", .evidence = {{"a", "1"}, {"b", "2"}}}),
            "pass: fine (a 1; b 2)");
  EXPECT_EQ(line_of({.check = "dkim", .result = "none", .summary = "nothing", .evidence = {}}), "none: nothing");
}

}  // namespace
}  // namespace yubin::server
