// What a delivery costs: rows and bytes put, beside the message itself.
#include <gtest/gtest.h>

#include "mime/summary.h"
#include "store/test_world.h"

namespace yubin::store {
namespace {

AccountId const kHanako{1};

class CountingKeyValue final : public kv::KeyValue {
 public:
  Result<std::optional<std::string>> get(kv::Table table, std::string_view key) const override {
    ++reads;
    return inner_.get(table, key);
  }
  Result<std::vector<std::optional<std::string>>> multi_get(kv::Table table,
                                                            std::span<std::string const> keys) const override {
    ++reads;
    return inner_.multi_get(table, keys);
  }
  Result<kv::Page> scan(kv::Table table, kv::Range const& range, kv::Limit limit) const override {
    ++reads;
    return inner_.scan(table, range, limit);
  }
  Result<std::vector<Result<>>> write(std::span<kv::Batch const* const> batches) override {
    for (kv::Batch const* batch : batches) {
      bytes += batch->bytes();
      operations += batch->operations().size();
    }
    return inner_.write(batches);
  }

  mutable std::atomic<std::size_t> reads = 0;
  std::atomic<std::size_t> bytes = 0;
  std::atomic<std::size_t> operations = 0;

 private:
  kv::MemoryKeyValue inner_;
};

TEST(StoreBytes, of_a_delivery_are_few) {
  CountingKeyValue engine;
  TestWorld world(&engine);
  world.create_account(kHanako);
  MailboxId const inbox = world.mailbox(kHanako, "INBOX");
  constexpr std::size_t kMessages = 320;  // ten full rows of states
  constexpr std::size_t kOwn = 600 + 500;
  NewMessage message = world.message(std::string(4096, 'x'));
  message.prefix = std::string(600, 'p');
  message.summary = std::string(500, 's');
  engine.bytes = engine.operations = engine.reads = 0;
  for (std::size_t i = 0; i < kMessages; ++i) ASSERT_TRUE(world.append(kHanako, inbox, message).has_value());

  EXPECT_LE(engine.bytes / kMessages - kOwn, 800U);
  EXPECT_EQ(engine.operations / kMessages, 8U);  // account, mailbox, states, UIDs, card, log, reference, place
  EXPECT_LE(engine.reads / kMessages, 4U);       // account, mailbox, states, UIDs
}

TEST(StoreBytes, of_a_thread_are_one_row_a_message) {
  CountingKeyValue engine;
  TestWorld world(&engine);
  world.create_account(kHanako);
  MailboxId const inbox = world.mailbox(kHanako, "INBOX");
  // One conversation: each message answers the one before.
  constexpr std::uint64_t kMessages = 320;
  engine.bytes = engine.operations = engine.reads = 0;
  for (std::uint64_t i = 1; i <= kMessages; ++i) {
    NewMessage message = world.message("x");
    mime::Summary summary;
    summary.thread = {i, i - 1};
    if (i > 2) summary.thread.push_back(1);
    message.summary = mime::encode(summary);
    ASSERT_TRUE(world.append(kHanako, inbox, message).has_value());
  }
  EXPECT_EQ(engine.operations, kMessages * 9 + 1);  // the eight above and the row; once that of key 0
  EXPECT_LE(engine.reads / kMessages, 7U);          // the four above, one for each key
}

TEST(StoreBytes, opening_a_mailbox_reads_one_row) {
  CountingKeyValue engine;
  TestWorld world(&engine);
  world.create_account(kHanako);
  MailboxId const inbox = world.mailbox(kHanako, "INBOX");
  engine.reads = 0;
  ASSERT_TRUE(world.store.get_mailbox(kHanako, inbox).has_value());
  EXPECT_EQ(engine.reads, 1U);
}

}  // namespace
}  // namespace yubin::store
