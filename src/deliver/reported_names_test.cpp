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
5 PTR broken.test.
; !fail 4.2.0.192.in-addr.arpa. SERVFAIL
; !fail 6.2.0.192.in-addr.arpa. SERVFAIL
; !fail broken.test. SERVFAIL
)";

class ReportedNamesTest : public testing::Test {
 protected:
  void add(std::string const& address) { put(address, {}); }
  void put(std::string const& address, report::ReverseName const& name) {
    kv::Batch batch;
    batch.put(kv::Table::queue, report::name_key(IpAddress::parse(address).value()), report::encode_name(name));
    std::int64_t const due = name.looked_up == 0 ? 0 : name.looked_up + 30 * 86400;
    batch.put(kv::Table::queue, report::NameDue{due, IpAddress::parse(address).value()}.encode(), "");
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
  EXPECT_EQ(engine_.scan(kv::Table::queue, report::kind_range(report::Kind::name_due), {}).value().rows.size(), 3U);
  EXPECT_TRUE(engine_.scan(kv::Table::queue, report::names_due_range(now()), {}).value().rows.empty());
}

TEST_F(ReportedNamesTest, a_damaged_row_holds_up_nobody_and_goes) {
  std::string const damaged = report::names_due_range(now()).from + "?";
  kv::Batch batch;
  batch.put(kv::Table::queue, damaged, "");
  ASSERT_TRUE(committer_.commit(std::move(batch)));
  add("192.0.2.1");
  run();
  EXPECT_EQ(name_of("192.0.2.1").name, "mx.a.test");
  EXPECT_FALSE(engine_.get(kv::Table::queue, damaged).value().has_value());
}

TEST_F(ReportedNamesTest, what_dns_does_not_tell_is_asked_again_after_a_day) {
  add("192.0.2.4");
  put("192.0.2.6", {"old.test", true, now() - 31 * 86400, 5});
  run();
  EXPECT_EQ(name_of("192.0.2.4").looked_up, now());
  EXPECT_EQ(name_of("192.0.2.6"), (report::ReverseName{"old.test", true, now(), 5}));  // what was known stays
  clock_.advance(std::chrono::hours(23));
  run();
  EXPECT_EQ(name_of("192.0.2.4").looked_up, now());
  clock_.advance(std::chrono::hours(2));
  run();
  EXPECT_EQ(name_of("192.0.2.4").looked_up, now() + 25 * 3600);
}

// The name is known, and whether it leads back is asked again.
TEST_F(ReportedNamesTest, a_name_that_cannot_be_confirmed_for_now_is_asked_again_after_a_day) {
  add("192.0.2.5");
  run();
  EXPECT_EQ(name_of("192.0.2.5"), (report::ReverseName{"broken.test", false, now()}));
  clock_.advance(std::chrono::hours(25));
  run();
  EXPECT_EQ(name_of("192.0.2.5").looked_up, now() + 25 * 3600);
}

TEST_F(ReportedNamesTest, what_was_forgotten_does_not_come_back) {
  add("192.0.2.1");
  EXPECT_TRUE(names_.look_up_some());
  kv::Batch batch;
  batch.erase(kv::Table::queue, report::name_key(IpAddress::parse("192.0.2.1").value()));
  EXPECT_TRUE(committer_.commit(std::move(batch)));
  run();
  EXPECT_TRUE(engine_.scan(kv::Table::queue, {}, {}).value().rows.empty());
}

TEST_F(ReportedNamesTest, a_name_is_asked_again_after_a_month) {
  put("192.0.2.1", {"old.test", true, now() - 29 * 86400});
  put("192.0.2.2", {"old.test", true, now() - 31 * 86400, 7});
  run();
  EXPECT_EQ(name_of("192.0.2.1").name, "old.test");
  EXPECT_EQ(name_of("192.0.2.2"), (report::ReverseName{"mx.b.test", false, now(), 7}));
}

TEST_F(ReportedNamesTest, many_are_asked_some_at_a_time) {
  for (int i = 0; i < 250; ++i) add("198.51.100." + std::to_string(i));
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(names_.look_up_some());
  for (int i = 0; i < 250; ++i) EXPECT_NE(name_of("198.51.100." + std::to_string(i)).looked_up, 0) << i;
}

}  // namespace
}  // namespace yubin::deliver
