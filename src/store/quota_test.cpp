// Quotas (RFC 9208), and what is left of what was removed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kv/body_refs.h"
#include "kv/storage_pool.h"
#include "store/housekeeping.h"
#include "store/keys.h"
#include "store/test_world.h"

namespace yubin::store {
namespace {

AccountId const kHanako{1};
AccountId const kTaro{2};
MailboxId const kInbox{1};
MailboxId const kSent{3};

class QuotaTest : public testing::Test {
 public:
  QuotaTest()
      : store({world.engine, world.bodies, world.changer, world.clock, world.ids,
               [this](AccountId account) { return Result<Quota>(account == kHanako ? quota : Quota{}); }}) {}
  void SetUp() override {
    world.create_account(kHanako);
    world.create_account(kTaro);
  }

  template <class T, class Fn>
  Result<T> change(Fn fn) {
    return store.change<T>({kHanako, kTaro}, Lane::delivery, fn).wait();
  }
  Result<Appended> append(NewMessage const& message, AccountId account = kHanako) {
    return change<Appended>([=](Changes& changes) { return changes.append(account, kInbox, message); });
  }
  Result<Copied> transfer(bool move, AccountId from) {
    return change<Copied>([=](Changes& changes) {
      auto const ranges = std::span(&kAllUids, 1);
      return move ? changes.move(from, kInbox, ranges, kHanako, kSent)
                  : changes.copy(from, kInbox, ranges, kHanako, kSent);
    });
  }
  std::uint64_t size_of(NewMessage const& message) { return message.prefix.size() + message.body.ref.size; }

  TestWorld world;
  Quota quota;
  Store store;
};

TEST_F(QuotaTest, bytes_and_messages_are_counted) {
  NewMessage const message = world.message("body");
  quota = Quota{0, 2 * size_of(message)};
  EXPECT_TRUE(append(message).has_value());
  EXPECT_TRUE(append(message).has_value());
  EXPECT_EQ(append(message).error().code, Errc::denied);
  quota = Quota{3, 0};
  EXPECT_TRUE(append(message).has_value());
  EXPECT_EQ(append(message).error().code, Errc::denied);
  EXPECT_EQ(store.usage(kHanako).value(), (Usage{3, 3 * size_of(message)}));
  EXPECT_TRUE(append(message, kTaro).has_value());
}

TEST_F(QuotaTest, a_delivery_may_go_over_it_once) {
  NewMessage message = world.message("body");
  message.quota = QuotaRule::delivery;
  quota = Quota{0, 1};
  EXPECT_TRUE(store.has_room(kHanako).value());
  EXPECT_TRUE(append(message).has_value());
  EXPECT_FALSE(store.has_room(kHanako).value());
  EXPECT_EQ(append(message).error().code, Errc::denied);
  quota = Quota{1, 0};
  EXPECT_FALSE(store.has_room(kHanako).value());
  EXPECT_EQ(append(message).error().code, Errc::denied);
  EXPECT_TRUE(store.has_room(AccountId(9)).value());
}

TEST_F(QuotaTest, copies_count_and_moves_within_the_account_do_not) {
  NewMessage const message = world.message("body");
  ASSERT_TRUE(append(message).has_value());
  ASSERT_TRUE(append(message, kTaro).has_value());
  quota = Quota{1, 0};
  EXPECT_EQ(transfer(false, kHanako).error().code, Errc::denied);
  EXPECT_EQ(transfer(true, kTaro).error().code, Errc::denied);
  EXPECT_TRUE(transfer(true, kHanako).has_value());
  EXPECT_EQ(store.usage(kHanako).value().messages, 1U);
  world.expect_sound();
}

// Both look before either has been committed.
TEST_F(QuotaTest, of_two_that_would_fill_it_one_passes) {
  NewMessage const message = world.message("body");
  quota = Quota{20, 0};
  std::atomic<int> passed = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 10; ++n) passed += append(message).has_value() ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(passed, 20);
}

class TrashTest : public testing::Test {
 public:
  void SetUp() override {
    world.create_account(kHanako);
    world.create_account(kTaro);
    ASSERT_TRUE(world.append(kTaro, kInbox, world.message("body")).has_value());
    NewMessage const message = world.message("body");
    auto filled = world.change<int>({kHanako}, [=](Changes& changes) -> Result<int> {
      for (int i = 0; i < 2500; ++i) TRY_VOID(changes.append(kHanako, kSent, message));
      return 0;
    });
    ASSERT_TRUE(filled.has_value());
  }
  Result<int> run(std::function<Result<>(Changes&)> fn) {
    return world.change<int>({kHanako}, [fn](Changes& changes) -> Result<int> {
      TRY_VOID(fn(changes));
      return 0;
    });
  }
  std::size_t references() {
    return world.engine.scan(kv::Table::body_ref, kv::body_refs_range(), {.rows = 9999}).value().rows.size();
  }
  void empty() {
    Housekeeping keeping(world.engine, world.store, world.clock, {});
    int slices = 0;
    while (keeping.empty_trash().value() == Turn::more) ++slices;
    EXPECT_GE(slices, 3);
  }

  TestWorld world;
};

TEST_F(TrashTest, a_large_mailbox_goes_at_once_and_its_contents_in_slices) {
  ASSERT_TRUE(run([](Changes& changes) { return changes.remove_mailbox(kHanako, name_of("Sent")); }).has_value());
  EXPECT_EQ(world.store.usage(kHanako).value(), Usage{});
  EXPECT_EQ(references(), 1501U);
  world.expect_sound();
  empty();
  EXPECT_EQ(references(), 1U);
  EXPECT_TRUE(world.engine.scan(kv::Table::mail, all_cards_range(kHanako), {}).value().rows.empty());
  world.expect_sound();
}

TEST_F(TrashTest, a_large_account_goes_at_once_and_its_contents_in_slices) {
  ASSERT_TRUE(run([](Changes& changes) { return changes.remove_account(kHanako); }).has_value());
  EXPECT_EQ(world.store.usage(kHanako).error().code, Errc::not_found);
  EXPECT_TRUE(world.store.mailboxes(kHanako).value().empty());
  world.expect_sound();
  empty();
  EXPECT_EQ(references(), 1U);
  EXPECT_TRUE(world.engine.scan(kv::Table::mail, account_range(kHanako), {}).value().rows.empty());
  world.expect_sound();
}

class LogTest : public testing::Test {
 public:
  void SetUp() override {
    world.create_account(kHanako);
    for (int day = 0; day < 10; ++day) {
      world.append(kHanako, kInbox, world.message("body")).value();
      world.clock.advance(std::chrono::days(1));
    }
  }
  // Which of the mod-sequences after 0 are still in the log's reach.
  ModSeq trimmed(Housekeeping::Options const& options) {
    Housekeeping keeping(world.engine, world.store, world.clock, options);
    while (keeping.trim_change_logs().value() == Turn::more) continue;
    world.expect_sound();
    return world.store.get_mailbox(kHanako, kInbox).value().log_floor;
  }

  TestWorld world;
};

TEST_F(LogTest, is_trimmed_by_age) {
  ModSeq const third = world.store.states(kHanako, kInbox, {Uid(3), Uid(3)}).value().at(0).modseq;
  EXPECT_EQ(trimmed({.change_log_age = std::chrono::days(30)}), ModSeq(0));
  EXPECT_EQ(trimmed({.change_log_age = std::chrono::hours(24 * 7 + 12)}), third);
  EXPECT_TRUE(world.store.changes_since(kHanako, kInbox, third).value().complete);
  ChangesSince const behind = world.store.changes_since(kHanako, kInbox, ModSeq(third.value() - 1)).value();
  EXPECT_FALSE(behind.complete);
  EXPECT_EQ(behind.changed.size(), 8U);
}

TEST_F(LogTest, is_trimmed_by_count) {
  ModSeq const eighth = world.store.states(kHanako, kInbox, {Uid(8), Uid(8)}).value().at(0).modseq;
  EXPECT_EQ(trimmed({.change_log_entries = 2}), eighth);
}

}  // namespace
}  // namespace yubin::store
