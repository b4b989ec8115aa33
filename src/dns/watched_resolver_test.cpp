#include "dns/watched_resolver.h"

#include <gtest/gtest.h>

#include "dns/static_resolver.h"

namespace yubin::dns {
namespace {

TEST(WatchedResolver, counts_what_was_answered_and_what_was_not) {
  constexpr std::string_view kZone = "a.test. A 192.0.2.1\n; !fail slow.test. TIMEOUT\n; !fail bad.test. BOGUS\n";
  ManualClock const clock(WallTime(std::chrono::days(20'000)));
  WatchedResolver resolver(std::make_unique<StaticResolver>(Zone::parse(kZone).value()), clock);
  auto ask = [&](std::string name) {
    Status status{};
    resolver.look_up({RecordType::a, std::move(name)}, [&](Answer answer) { status = answer.status; });
    return status;
  };
  EXPECT_EQ(resolver.health().failed_at, std::nullopt);
  EXPECT_EQ(ask("a.test"), Status::found);
  EXPECT_EQ(ask("none.test"), Status::no_such_name);
  EXPECT_EQ(ask("bad.test"), Status::bogus);
  EXPECT_EQ(ask("slow.test"), Status::temporary);
  EXPECT_EQ(ask("slow.test"), Status::temporary);
  Health health = resolver.health();
  EXPECT_EQ(health.asked, 5U);
  EXPECT_EQ(health.answered, 2U);
  EXPECT_EQ(health.bogus, 1U);
  EXPECT_EQ(health.failed, 2U);
  EXPECT_EQ(health.failed_in_a_row, 2U);
  EXPECT_EQ(health.last_failure, "slow.test A: timeout");
  EXPECT_EQ(health.failed_at, clock.now());
  EXPECT_EQ(ask("a.test"), Status::found);
  EXPECT_EQ(resolver.health().failed_in_a_row, 0U);
}

}  // namespace
}  // namespace yubin::dns
