#include "deliver/reported_names.h"

#include <gtest/gtest.h>

#include "dns/static_resolver.h"
#include "kv/memory_key_value.h"

namespace yubin::deliver {
namespace {

constexpr std::string_view kZone = R"($ORIGIN test.
mx.a A 192.0.2.1
mx.b A 192.0.2.99
$ORIGIN 2.0.192.in-addr.arpa.
1 PTR mx.a.test.
2 PTR mx.b.test.
; !fail 4.2.0.192.in-addr.arpa. SERVFAIL
)";

class ReportedNamesTest : public testing::Test {
 protected:
  void add(std::string const& address) { put(address, {}); }
  void put(std::string const& address, report::ReverseName const& name) {
    kv::Batch batch;
    batch.put(kv::Table::queue, report::name_key(IpAddress::parse(address).value()), report::encode_name(name));
    EXPECT_TRUE(committer_.commit(std::move(batch)));
  }
  report::ReverseName name_of(std::string const& address) {
    return report::decode_name(
               engine_.get(kv::Table::queue, report::name_key(IpAddress::parse(address).value())).value().value())
        .value();
  }
  // As many slices as a question and its confirmation need.
  void run() {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(names_.look_up_some());
  }
  std::int64_t now() const { return 1'700'000'000; }

  kv::MemoryKeyValue engine_;
  kv::Committer committer_{engine_, {}};
  ManualClock clock_{WallTime(std::chrono::seconds(1'700'000'000))};
  dns::StaticResolver resolver_{dns::Zone::parse(kZone).value()};
  ReportedNames names_{engine_, committer_, resolver_, clock_};
};

TEST_F(ReportedNamesTest, a_name_counts_as_confirmed_when_it_leads_back) {
  add("192.0.2.1");
  add("192.0.2.2");
  add("192.0.2.3");
  run();
  EXPECT_EQ(name_of("192.0.2.1"), (report::ReverseName{"mx.a.test", true, now()}));
  EXPECT_EQ(name_of("192.0.2.2"), (report::ReverseName{"mx.b.test", false, now()}));
  EXPECT_EQ(name_of("192.0.2.3"), (report::ReverseName{"", false, now()}));
}

TEST_F(ReportedNamesTest, what_dns_does_not_tell_is_asked_again_after_a_day) {
  add("192.0.2.4");
  run();
  std::int64_t const first = name_of("192.0.2.4").looked_up;
  EXPECT_LT(first, now());
  clock_.advance(std::chrono::hours(23));
  run();
  EXPECT_EQ(name_of("192.0.2.4").looked_up, first);
  clock_.advance(std::chrono::hours(2));
  run();
  EXPECT_GT(name_of("192.0.2.4").looked_up, first);
}

TEST_F(ReportedNamesTest, a_name_is_asked_again_after_a_month) {
  put("192.0.2.1", {"old.test", true, now() - 29 * 86400});
  put("192.0.2.2", {"old.test", true, now() - 31 * 86400});
  run();
  EXPECT_EQ(name_of("192.0.2.1").name, "old.test");
  EXPECT_EQ(name_of("192.0.2.2").name, "mx.b.test");
}

TEST_F(ReportedNamesTest, many_are_asked_some_at_a_time) {
  for (int i = 0; i < 250; ++i) add("198.51.100." + std::to_string(i));
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(names_.look_up_some());
  for (int i = 0; i < 250; ++i) EXPECT_NE(name_of("198.51.100." + std::to_string(i)).looked_up, 0) << i;
}

}  // namespace
}  // namespace yubin::deliver
