// The store and the collector together: what is in use stays, what is not goes.
#include <gtest/gtest.h>

#include <thread>

#include "base/random.h"
#include "kv/body_refs.h"
#include "kv/collector.h"
#include "kv/storage_pool.h"
#include "store/test_world.h"
#include "tests/kit/gated_key_value.h"

namespace yubin::store {
namespace {

AccountId const kHanako{1};
AccountId const kTaro{2};

std::span<UidRange const> all() {
  return {&kAllUids, 1};
}

class StoreCollect : public testing::Test {
 public:
  explicit StoreCollect(Executor* pool = nullptr) : world(&gate, pool) {
    for (AccountId account : {kHanako, kTaro}) world.create_account(account);
    inbox = world.mailbox(kHanako, "INBOX");
    archive = world.mailbox(kHanako, "Archive");
  }

  void deliver(std::string_view bytes) { ASSERT_TRUE(world.append(kHanako, inbox, world.message(bytes)).has_value()); }
  Result<std::vector<Uid>> expunge(MailboxId mailbox) {
    return world.change<std::vector<Uid>>(
        {kHanako}, [=](Changes& changes) { return changes.expunge(kHanako, mailbox, all(), false); });
  }
  Result<Copied> copy(MailboxId from, AccountId to_account, MailboxId to) {
    return world.change<Copied>({kHanako, to_account},
                                [=](Changes& changes) { return changes.copy(kHanako, from, all(), to_account, to); });
  }
  Result<Copied> move(MailboxId from, MailboxId to) {
    return world.change<Copied>({kHanako},
                                [=](Changes& changes) { return changes.move(kHanako, from, all(), kHanako, to); });
  }
  void collect() {
    Result<Turn> turn = Turn::more;
    while (turn && *turn == Turn::more) turn = collector.collect();
    ASSERT_TRUE(turn.has_value());
  }
  std::size_t bodies() { return world.engine.scan(kv::Table::body, {}, {}).value().rows.size(); }
  // Every message of the mailbox is there with its bytes.
  std::size_t readable(AccountId account, MailboxId mailbox) {
    std::size_t count = 0;
    for (auto const& [uid, card] : world.store.cards(account, mailbox, kAllUids).value()) {
      EXPECT_EQ(world.store.read(card, 0, 1000).value_or("gone").substr(0, 11), "Return-Path") << uid.value();
      EXPECT_TRUE(world.bodies.read(card.body.id, 0, 1).has_value()) << uid.value();
      ++count;
    }
    return count;
  }

  kv::MemoryKeyValue engine;
  kit::GatedKeyValue gate{engine};
  TestWorld world;
  kv::Collector collector{gate, world.committer, world.bodies, world.clock, {.grace = std::chrono::seconds(0)}};
  MailboxId inbox;
  MailboxId archive;
};

TEST_F(StoreCollect, each_way_to_lose_a_message_gives_its_body_back) {
  auto create = [](Changes& changes) { return changes.create_mailbox(kHanako, name_of("old")); };
  Mailbox const old = world.change<Mailbox>({kHanako}, create).value();
  ASSERT_NO_FATAL_FAILURE(deliver("one"));
  ASSERT_TRUE(copy(inbox, kHanako, old.id).has_value());
  ASSERT_TRUE(expunge(inbox).has_value());
  ASSERT_NO_FATAL_FAILURE(collect());
  EXPECT_EQ(bodies(), 1u);
  EXPECT_EQ(readable(kHanako, old.id), 1u);
  auto remove = [](Changes& changes) { return changes.remove_mailbox(kHanako, name_of("old")); };
  ASSERT_TRUE(world.change<void>({kHanako}, remove).has_value());
  world.expect_sound();
  ASSERT_NO_FATAL_FAILURE(collect());
  EXPECT_EQ(bodies(), 0u);

  ASSERT_NO_FATAL_FAILURE(deliver("two"));
  ASSERT_TRUE(copy(inbox, kTaro, world.mailbox(kTaro, "INBOX")).has_value());
  auto leave = [](Changes& changes) { return changes.remove_account(kHanako); };
  ASSERT_TRUE(world.change<void>({kHanako}, leave).has_value());
  ASSERT_NO_FATAL_FAILURE(collect());
  EXPECT_EQ(readable(kTaro, world.mailbox(kTaro, "INBOX")), 1u);
  world.expect_sound();
}

TEST_F(StoreCollect, a_move_lists_nothing) {
  ASSERT_NO_FATAL_FAILURE(deliver("one"));
  ASSERT_TRUE(move(inbox, archive).has_value());
  EXPECT_TRUE(engine.scan(kv::Table::body_ref, kv::unused_range(world.clock.now()), {}).value().rows.empty());
  EXPECT_EQ(readable(kHanako, archive), 1u);
}

class StoreCollectPool : public StoreCollect {
 public:
  // The pool goes after what uses it.
  StoreCollectPool() : StoreCollect(&shared_pool()) {}
  static kv::StoragePool& shared_pool() {
    static kv::StoragePool pool(4);
    return pool;
  }
};

// The only message with the body is copied and then expunged; the copy is not on the disk yet when the collector looks.
TEST_F(StoreCollectPool, a_copy_on_its_way_keeps_the_body) {
  ASSERT_NO_FATAL_FAILURE(deliver("bytes"));
  ASSERT_TRUE(copy(inbox, kHanako, inbox).has_value());  // UID 2
  UidRange const first{Uid(1), Uid(1)};
  auto expunge_first = [&](Changes& changes) { return changes.expunge(kHanako, inbox, std::span(&first, 1), false); };
  ASSERT_TRUE(world.change<std::vector<Uid>>({kHanako}, expunge_first).has_value());  // lists the body
  gate.close();
  auto copy_rest = [&](Changes& changes) { return changes.copy(kHanako, inbox, all(), kHanako, archive); };
  auto const copied = world.store.change<Copied>({kHanako}, Lane::delivery, copy_rest);
  gate.wait_for_write();
  auto expunge_rest = [&](Changes& changes) { return changes.expunge(kHanako, inbox, all(), false); };
  auto const expunged = world.store.change<std::vector<Uid>>({kHanako}, Lane::delivery, expunge_rest);
  std::thread collecting([&] { collect(); });
  gate.open();
  collecting.join();
  ASSERT_TRUE(copied.wait().has_value());
  ASSERT_TRUE(expunged.wait().has_value());
  ASSERT_NO_FATAL_FAILURE(collect());
  EXPECT_EQ(readable(kHanako, archive), 1u);
  EXPECT_EQ(bodies(), 1u);
  world.expect_sound();
}

// Messages go round between mailboxes and accounts while the collector runs without any grace.
TEST_F(StoreCollectPool, whatever_is_copied_and_expunged_meanwhile_nothing_in_use_is_dropped) {
  constexpr int kRounds = 60;
  std::atomic<bool> done = false;
  std::thread collecting([&] {
    while (!done) collect();
  });
  MailboxId const his = world.mailbox(kTaro, "INBOX");
  auto go_round = [&](std::uint64_t seed) {
    SeededRandom random(seed);
    for (int i = 0; i < kRounds; ++i) {
      switch (random.u64() % 5) {
        case 0:
          ASSERT_NO_FATAL_FAILURE(deliver("bytes"));
          break;
        case 1:
          ASSERT_TRUE(move(inbox, archive).has_value());
          break;
        case 2:
          ASSERT_TRUE(copy(archive, kTaro, his).has_value());
          break;
        case 3:
          ASSERT_TRUE(move(archive, inbox).has_value());
          break;
        default:
          ASSERT_TRUE(expunge(archive).has_value());
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) threads.emplace_back(go_round, seed);
  }
  done = true;
  collecting.join();
  readable(kHanako, inbox);
  readable(kHanako, archive);
  readable(kTaro, his);
  world.expect_sound();
  ASSERT_TRUE(expunge(inbox).has_value());
  ASSERT_TRUE(expunge(archive).has_value());
  auto expunge_his = [&](Changes& changes) { return changes.expunge(kTaro, his, all(), false); };
  ASSERT_TRUE(world.change<std::vector<Uid>>({kTaro}, expunge_his).has_value());
  ASSERT_NO_FATAL_FAILURE(collect());
  EXPECT_EQ(bodies(), 0u);
}

}  // namespace
}  // namespace yubin::store
