#include "directory/sending_counts.h"

#include <gtest/gtest.h>

#include "directory/rows.h"
#include "kv/faulty_key_value.h"
#include "tests/kit/memory_directory.h"

namespace yubin::directory {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kStart = 1'700'000'000;  // 200 s into a step

struct SendingCountsTest : testing::Test {
  SendingCounts& counts() { return directory.sending_counts(); }
  Sender sender(SendingLimits own, SendingLimits domain = {}, std::string_view who = "Hanako@a.test") {
    return {kit::address(who), own, domain};
  }
  // Messages to so many recipients each; how many of them could be sent.
  int send(Sender const& who, int messages, std::uint64_t recipients = 1) {
    int sent = 0;
    for (int i = 0; i < messages; ++i) {
      SendingCharge charge(counts(), who);
      bool refused = false;
      for (std::uint64_t r = 0; r < recipients && !refused; ++r) refused = charge.take().has_value();
      if (refused) continue;
      charge.keep();
      ++sent;
    }
    return sent;
  }
  std::size_t rows() { return directory.rows().scan(kv::Table::directory, sending_rows(), {}).value().rows.size(); }
  kit::MemoryDirectory directory;
};

TEST_F(SendingCountsTest, a_limit_holds_and_says_when_it_is_over) {
  Sender const hanako = sender({3, 0, 0, 0});
  EXPECT_EQ(send(hanako, 5), 3);
  std::optional<SendingRefusal> const refusal = counts().take(hanako, 0);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->who, "hanako@a.test");
  EXPECT_EQ(refusal->limit, SendingLimit::messages_per_hour);
  EXPECT_EQ(refusal->most, 3U);
  ASSERT_TRUE(refusal->free);
  EXPECT_EQ(*refusal->free, kStart - 200 + 3600);
  directory.clock().advance(std::chrono::seconds(*refusal->free - kStart) - 1s);
  EXPECT_EQ(send(hanako, 1), 0);
  directory.clock().advance(1s);
  EXPECT_EQ(send(hanako, 5), 3);
}

TEST_F(SendingCountsTest, the_day_remembers_what_the_hour_has_forgotten) {
  Sender const hanako = sender({2, 5, 0, 0});
  int sent = 0;
  for (int hour = 0; hour < 24; ++hour) {
    sent += send(hanako, 4);
    directory.clock().advance(1h);
  }
  EXPECT_EQ(sent, 5);
  EXPECT_EQ(send(hanako, 1), 1);  // the first two are over
}

TEST_F(SendingCountsTest, what_was_not_sent_does_not_count) {
  Sender const hanako = sender({0, 0, 4, 0});
  for (int i = 0; i < 10; ++i) {
    SendingCharge charge(counts(), hanako);
    EXPECT_FALSE(charge.take());
    EXPECT_FALSE(charge.take());
    charge.give_back(1);
    EXPECT_FALSE(charge.take());
  }
  EXPECT_EQ(send(hanako, 3, 2), 2);
}

TEST_F(SendingCountsTest, one_message_that_can_never_be_sent_is_told_so) {
  SendingCharge charge(counts(), sender({0, 0, 3, 0}));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(charge.take());
  std::optional<SendingRefusal> const refusal = charge.take();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, SendingLimit::recipients_per_hour);
  EXPECT_FALSE(refusal->free);
}

TEST_F(SendingCountsTest, the_accounts_of_a_domain_share_its_limit) {
  SendingLimits const none{};
  EXPECT_EQ(send(sender(none, {0, 0, 0, 5}, "hanako@a.test"), 3), 3);
  EXPECT_EQ(send(sender(none, {0, 0, 0, 5}, "taro@a.test"), 3), 2);
  EXPECT_EQ(send(sender(none, {0, 0, 0, 5}, "taro@b.test"), 3), 3);
  ASSERT_EQ(counts().alarms().size(), 1U);
  EXPECT_EQ(counts().alarms()[0].who, "a.test");
}

TEST_F(SendingCountsTest, a_restart_forgets_nothing) {
  Sender const hanako = sender({0, 0, 0, 6});
  EXPECT_EQ(send(hanako, 2, 2), 2);
  directory.clock().advance(2h);
  EXPECT_EQ(send(hanako, 3, 1), 2);
  std::vector<SendingAlarm> const before = counts().alarms();
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0].refusals, 1U);
  directory.reopen();
  EXPECT_EQ(counts().alarms(), before);
  EXPECT_EQ(send(hanako, 1), 0);
  directory.clock().advance(22h);
  EXPECT_EQ(send(hanako, 9), 4);
}

TEST_F(SendingCountsTest, a_row_that_cannot_be_read_counts_for_nothing) {
  Sender const hanako = sender({0, 0, 2, 0});
  Sender const taro = sender({0, 0, 2, 0}, {}, "taro@b.test");
  EXPECT_EQ(send(hanako, 3), 2);
  EXPECT_EQ(send(taro, 3), 2);
  ASSERT_TRUE(counts().write());
  kv::Batch batch;
  batch.put(kv::Table::directory, sending_key("hanako@a.test"), "\x07");
  kv::Batch const* const batches[] = {&batch};
  ASSERT_TRUE(directory.rows().write(batches));
  directory.reopen();
  EXPECT_TRUE(counts().open());
  EXPECT_EQ(send(taro, 1), 0);
  EXPECT_EQ(send(hanako, 3), 2);
}

// What is not written yet, and what is over, is written the next time.
TEST_F(SendingCountsTest, a_failure_to_write_forgets_nothing) {
  kv::Faults faults;
  kv::FaultyKeyValue rows(directory.rows(), faults, kv::FaultyKeyValue::Failing::writes);
  kv::StoragePool pool{2};
  kv::Committer committer(rows, {});
  kv::Changer changer(rows, committer, pool);
  SendingCounts counts(rows, changer, directory.clock());
  ASSERT_TRUE(counts.open());
  auto written = [&] { return this->rows(); };
  ASSERT_FALSE(counts.take(sender({}), 0));
  faults.arm(0, kv::FaultMode::nothing_done);
  EXPECT_FALSE(counts.write());
  EXPECT_EQ(written(), 0U);
  EXPECT_TRUE(counts.write());
  EXPECT_EQ(written(), 2U);
  directory.clock().advance(49h);
  faults.arm(0, kv::FaultMode::nothing_done);
  EXPECT_FALSE(counts.write());
  EXPECT_EQ(written(), 2U);
  EXPECT_TRUE(counts.write());
  EXPECT_EQ(written(), 0U);
}

TEST_F(SendingCountsTest, what_is_over_leaves_no_row) {
  EXPECT_EQ(send(sender({0, 0, 1, 0}), 2), 1);
  ASSERT_TRUE(counts().write());
  EXPECT_EQ(rows(), 2U);
  directory.clock().advance(49h);
  ASSERT_TRUE(counts().write());
  EXPECT_EQ(rows(), 0U);
  EXPECT_TRUE(counts().alarms().empty());
}

TEST(SendingCount, rows_come_back_and_others_are_refused) {
  SendingCount count{.steps = {{5'666'666, 1, 20}, {5'666'667, 3, 3}},
                     .alarm = SendingAlarm{"a@b.test", SendingLimit::recipients_per_day, 20, kStart, kStart + 9, 4}};
  std::string const record = encode_sending_count(count);
  EXPECT_EQ(decode_sending_count("a@b.test", record).value(), count);
  count.alarm.reset();
  EXPECT_EQ(decode_sending_count("x", encode_sending_count(count)).value(), count);
  EXPECT_FALSE(decode_sending_count("x", record.substr(0, record.size() - 1)));
  EXPECT_FALSE(decode_sending_count("x", std::string("\x02\xff", 2)));
  EXPECT_FALSE(decode_sending_count("x", std::string("\x01\xff\x04\x01\x01\x02\x01\x01", 8)));  // time goes back
}

}  // namespace
}  // namespace yubin::directory
