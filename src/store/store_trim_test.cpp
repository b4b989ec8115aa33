// The change log is trimmed while somebody asks for changes.
#include <gtest/gtest.h>

#include <functional>

#include "store/test_world.h"

namespace yubin::store {
namespace {

AccountId const kHanako{1};

// Does something right before the next scan of mailboxes: of the change log, when changes are asked for.
class Interposed final : public kv::KeyValue {
 public:
  explicit Interposed(kv::KeyValue& inner) : inner_(inner) {}

  mutable std::function<void()> before_scan;

  Result<std::optional<std::string>> get(kv::Table table, std::string_view key) const override {
    return inner_.get(table, key);
  }
  Result<std::vector<std::optional<std::string>>> multi_get(kv::Table table,
                                                            std::span<std::string const> keys) const override {
    return inner_.multi_get(table, keys);
  }
  Result<kv::Page> scan(kv::Table table, kv::Range const& range, kv::Limit limit) const override {
    if (before_scan && table == kv::Table::mail) std::exchange(before_scan, {})();
    return inner_.scan(table, range, limit);
  }
  Result<std::vector<Result<>>> write(std::span<kv::Batch const* const> batches) override {
    return inner_.write(batches);
  }

 private:
  kv::KeyValue& inner_;
};

TEST(StoreTrim, a_log_that_is_trimmed_while_it_is_asked_is_not_taken_for_complete) {
  kv::MemoryKeyValue memory;
  Interposed engine(memory);
  TestWorld world(&engine);
  world.create_account(kHanako);
  MailboxId const inbox = world.mailbox(kHanako, "INBOX");
  ASSERT_TRUE(world.append(kHanako, inbox, world.message("x")));
  ModSeq const start = world.store.get_mailbox(kHanako, inbox).value().highest_modseq;
  ASSERT_TRUE(world.append(kHanako, inbox, world.message("y")));

  engine.before_scan = [&] {
    ASSERT_TRUE(world.append(kHanako, inbox, world.message("z")));
    ModSeq const now = world.store.get_mailbox(kHanako, inbox).value().highest_modseq;
    auto trim = [=](Changes& changes) -> Result<int> {
      TRY_VOID(changes.trim_change_log(kHanako, inbox, now));
      return 0;
    };
    ASSERT_TRUE(world.change<int>({kHanako}, trim));
  };
  ChangesSince const changes = world.store.changes_since(kHanako, inbox, start).value();
  EXPECT_FALSE(engine.before_scan);
  EXPECT_FALSE(changes.complete);
  ASSERT_EQ(changes.changed.size(), 1U);
  EXPECT_EQ(changes.changed[0].uid, Uid(2));
  EXPECT_EQ(changes.mailbox.uid_next, Uid(3));

  // What came after the answer's moment is no part of it, so that it is not taken for gone before it was known.
  ChangesSince const next = world.store.changes_since(kHanako, inbox, changes.mailbox.highest_modseq).value();
  ASSERT_EQ(next.changed.size(), 1U);
  EXPECT_EQ(next.changed[0].uid, Uid(3));
}

}  // namespace
}  // namespace yubin::store
