// Many threads on the same mailboxes: no message is lost or doubled, and whoever follows the changes ends with the
// truth.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "base/random.h"
#include "kv/storage_pool.h"
#include "store/test_world.h"

namespace yubin::store {
namespace {

AccountId const kHanako{1};

// A session's view of a mailbox, kept up to date by changes_since() alone.
class Follower {
 public:
  Follower(Store& store, MailboxId mailbox) : store_(store), mailbox_(mailbox) {}

  void update() {
    ChangesSince const changes = store_.changes_since(kHanako, mailbox_, seen_).value();
    ASSERT_TRUE(changes.complete);
    ASSERT_GE(changes.mailbox.highest_modseq, seen_);
    for (Uid uid : changes.expunged) view_.erase(uid);
    for (MessageState const& state : changes.changed) view_[state.uid] = state;
    seen_ = changes.mailbox.highest_modseq;
  }

  void expect_truth() {
    update();
    std::vector<MessageState> view;
    view.reserve(view_.size());
    for (auto const& [uid, state] : view_) view.push_back(state);
    EXPECT_EQ(view, store_.states(kHanako, mailbox_, kAllUids, 100'000).value());
  }

 private:
  Store& store_;
  MailboxId mailbox_;
  ModSeq seen_;
  std::map<Uid, MessageState> view_;
};

class StoreThreads : public testing::Test {
 public:
  void SetUp() override {
    world.create_account(kHanako);
    inbox = world.mailbox(kHanako, "INBOX");
    archive = world.mailbox(kHanako, "Archive");
  }

  static UidRange some_range(SeededRandom& random) {
    auto const first = static_cast<std::uint32_t>(1 + random.u64() % 150);
    return {Uid(first), Uid(first + static_cast<std::uint32_t>(random.u64() % 12))};
  }

  void append(int count) {
    for (int i = 0; i < count; ++i) {
      Result<Appended> const appended = world.append(kHanako, inbox, world.message("body"));
      ASSERT_TRUE(appended.has_value());
    }
  }

  void move(MailboxId from, MailboxId to, std::uint64_t seed) {
    SeededRandom random(seed);
    for (int i = 0; i < 60; ++i) {
      UidRange const range = some_range(random);
      auto moved = world.change<Copied>(
          {kHanako}, [=](Changes& changes) { return changes.move(kHanako, from, std::span(&range, 1), kHanako, to); });
      ASSERT_TRUE(moved.has_value());
    }
  }

  void expunge(MailboxId mailbox, std::uint64_t seed) {
    SeededRandom random(seed);
    for (int i = 0; i < 40; ++i) {
      auto const uid = Uid(static_cast<std::uint32_t>(1 + random.u64() % 150));
      UidRange const range{uid, uid};
      auto gone = world.change<std::vector<Uid>>(
          {kHanako}, [=](Changes& changes) { return changes.expunge(kHanako, mailbox, std::span(&range, 1), false); });
      ASSERT_TRUE(gone.has_value());
      expunged += gone->size();
    }
  }

  void flag(MailboxId mailbox, std::uint64_t seed) {
    SeededRandom random(seed);
    for (int i = 0; i < 40; ++i) {
      UidRange const range = some_range(random);
      FlagChange const change{FlagAction::replace, SystemFlags(static_cast<std::uint8_t>(random.u64())), {}, {}};
      auto stored = world.change<FlagsStored>({kHanako}, [=](Changes& changes) {
        return changes.store_flags(kHanako, mailbox, std::span(&range, 1), change);
      });
      ASSERT_TRUE(stored.has_value());
    }
  }

  kv::MemoryKeyValue engine;
  kv::StoragePool pool{4};
  TestWorld world{&engine, &pool};
  MailboxId inbox;
  MailboxId archive;
  std::atomic<std::size_t> expunged = 0;
};

TEST_F(StoreThreads, no_message_is_lost_or_doubled) {
  std::atomic<bool> done = false;
  std::thread follower([&] {
    Follower following_inbox(world.store, inbox);
    Follower following_archive(world.store, archive);
    while (!done) {
      following_inbox.update();
      following_archive.update();
    }
    following_inbox.expect_truth();
    following_archive.expect_truth();
  });
  {
    std::vector<std::jthread> threads;
    threads.emplace_back([&] { append(60); });
    threads.emplace_back([&] { append(60); });
    threads.emplace_back([&] { move(inbox, archive, 1); });
    threads.emplace_back([&] { move(inbox, archive, 2); });
    threads.emplace_back([&] { move(archive, inbox, 3); });
    threads.emplace_back([&] { expunge(archive, 4); });
    threads.emplace_back([&] { expunge(inbox, 5); });
    threads.emplace_back([&] { flag(inbox, 6); });
  }
  done = true;
  follower.join();

  std::set<MessageId> ids;
  std::size_t count = 0;
  for (MailboxId mailbox : {inbox, archive}) {
    for (MessageState const& state : world.store.states(kHanako, mailbox, kAllUids, 100'000).value()) {
      ids.insert(state.id);
      ++count;
    }
  }
  EXPECT_EQ(ids.size(), count);
  EXPECT_EQ(count, 120 - expunged);
  world.expect_sound();
}

// The same messages moved by many at once: each arrives once.
TEST_F(StoreThreads, messages_moved_by_all_arrive_once) {
  ASSERT_NO_FATAL_FAILURE(append(50));
  std::atomic<std::size_t> moved = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(6);
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] {
        auto copied = world.change<Copied>({kHanako}, [this](Changes& changes) {
          return changes.move(kHanako, inbox, std::span(&kAllUids, 1), kHanako, archive);
        });
        moved += copied.value().uids.size();
      });
    }
  }
  EXPECT_EQ(moved, 50U);
  EXPECT_EQ(world.store.get_mailbox(kHanako, inbox).value().exists, 0U);
  EXPECT_EQ(world.store.get_mailbox(kHanako, archive).value().exists, 50U);
  world.expect_sound();
}

}  // namespace
}  // namespace yubin::store
