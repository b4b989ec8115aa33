// Many messages at once: all of them are changed, and others have their turn meanwhile.
#include "store/bulk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kv/storage_pool.h"
#include "store/test_world.h"

namespace yubin::store {
namespace {

AccountId const kHanako{1};
MailboxId const kInbox{1};
constexpr std::uint32_t kMany = 4500;

class BulkTest : public testing::Test {
 public:
  BulkTest()
      : store({world.engine, world.bodies, world.changer, world.clock, world.ids,
               [this](AccountId) { return Result<Quota>(Quota{limit, 0}); }}) {}

  void SetUp() override {
    world.create_account(kHanako);
    NewMessage const message = world.message("body");
    auto filled = world.change<int>({kHanako}, [=](Changes& changes) -> Result<int> {
      for (std::uint32_t i = 0; i < kMany; ++i) TRY_VOID(changes.append(kHanako, kInbox, message));
      return 0;
    });
    ASSERT_TRUE(filled.has_value());
    sent = world.mailbox(kHanako, "Sent");
  }

  std::uint32_t count(MailboxId mailbox) { return store.get_mailbox(kHanako, mailbox).value().exists; }
  Result<std::optional<Copied>> transfer(Transfer how, char const* to = "Sent") {
    return bulk_transfer(store, how, kHanako, kInbox, {kAllUids}, name_of(to)).wait();
  }

  std::atomic<std::uint64_t> limit = 0;
  kv::MemoryKeyValue engine;
  kv::StoragePool pool{4};
  TestWorld world{&engine, &pool};
  Store store;
  MailboxId sent;
};

TEST_F(BulkTest, flags) {
  FlagChange const change{FlagAction::add, SystemFlag::deleted, {}, {}};
  FlagsStored const stored = bulk_store_flags(store, kHanako, kInbox, {kAllUids}, change).wait().value().flags;
  ASSERT_EQ(stored.states.size(), kMany);
  EXPECT_TRUE(std::ranges::is_sorted(stored.states, {}, &MessageState::uid));
  EXPECT_EQ(store.get_mailbox(kHanako, kInbox).value().deleted, kMany);
  // A slice each has a mod-sequence of its own.
  EXPECT_EQ(stored.states.back().modseq.value() - stored.states.front().modseq.value(), (kMany - 1) / kSliceOfFlags);

  std::vector<Uid> const gone = bulk_expunge(store, kHanako, kInbox, {{Uid(1), Uid(4000)}}).wait().value();
  EXPECT_EQ(gone.size(), 4000U);
  EXPECT_EQ(count(kInbox), kMany - 4000);
  world.expect_sound();
}

TEST_F(BulkTest, copy_and_move) {
  Copied const copied = transfer(Transfer::copy).value().value();
  EXPECT_EQ(copied.uids.size(), kMany);
  EXPECT_EQ(copied.uids.back(), std::pair(Uid(kMany), Uid(kMany)));
  EXPECT_EQ(copied.uid_validity, store.get_mailbox(kHanako, sent).value().uid_validity);
  EXPECT_EQ(transfer(Transfer::move).value().value().uids.size(), kMany);
  EXPECT_EQ(count(kInbox), 0U);
  EXPECT_EQ(count(sent), 2 * kMany);
  EXPECT_FALSE(transfer(Transfer::move, "nowhere").value().has_value());
  EXPECT_TRUE(transfer(Transfer::move).value().value().uids.empty());
  world.expect_sound();
}

TEST_F(BulkTest, a_copy_that_fails_is_taken_back) {
  limit = kMany + 2500;
  EXPECT_EQ(transfer(Transfer::copy).error().code, Errc::denied);
  EXPECT_EQ(count(sent), 0U);
  EXPECT_EQ(count(kInbox), kMany);
  EXPECT_EQ(store.usage(kHanako).value().messages, kMany);
  world.expect_sound();
}

TEST_F(BulkTest, a_mailbox_that_is_not_there) {
  FlagChange const change{FlagAction::add, SystemFlag::seen, {}, {}};
  EXPECT_EQ(bulk_store_flags(store, kHanako, MailboxId(99), {{Uid(1), Uid(5)}}, change).wait().error().code,
            Errc::not_found);
  EXPECT_TRUE(bulk_store_flags(store, kHanako, kInbox, {}, change).wait().value().flags.states.empty());
}

TEST_F(BulkTest, flags_tell_from_where_to_where_the_mailbox_went) {
  FlagChange const change{FlagAction::add, SystemFlag::flagged, {}, {}};
  ModSeq const first = store.get_mailbox(kHanako, kInbox).value().highest_modseq;
  StoredInBulk const stored = bulk_store_flags(store, kHanako, kInbox, {kAllUids}, change).wait().value();
  EXPECT_EQ(stored.before, first);
  EXPECT_EQ(stored.after, store.get_mailbox(kHanako, kInbox).value().highest_modseq);
  EXPECT_GT(stored.after, stored.before);
  EXPECT_TRUE(stored.undivided);

  StoredInBulk const again = bulk_store_flags(store, kHanako, kInbox, {kAllUids}, change).wait().value();
  EXPECT_EQ(again.before, stored.after);
  EXPECT_EQ(again.after, stored.after);
}

// Whether what is asked for while the slices run comes between them, not after the last.
template <class T>
bool others_come_first(Store& store, Ticket<T> const& bulk) {
  auto const over = std::make_shared<std::atomic<bool>>(false);
  bulk.completion().on_done([over] { *over = true; });
  auto const first = std::make_shared<std::atomic<bool>>(false);
  Completer const noted;
  auto look = [](Changes&) -> Result<> { return {}; };
  Ticket<void> const other = store.change<void>({kHanako}, Lane::delivery, look);
  other.completion().on_done([over, first, noted] {
    *first = !*over;
    noted.finish();
  });
  EXPECT_TRUE(bulk.wait().has_value());
  EXPECT_TRUE(other.wait().has_value());
  noted.wait();
  return *first;
}

TEST_F(BulkTest, others_have_their_turn) {
  EXPECT_TRUE(others_come_first(store, bulk_expunge(store, kHanako, kInbox, {kAllUids}, false)));
}

// Of flags a slice is larger, so it takes more messages until there is one to wait for.
TEST_F(BulkTest, others_have_their_turn_while_flags_change) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(transfer(Transfer::copy).has_value());
  FlagChange const change{FlagAction::add, SystemFlag::seen, {}, {}};
  EXPECT_TRUE(others_come_first(store, bulk_store_flags(store, kHanako, sent, {kAllUids}, change)));
}

// Four that move and expunge the same messages: each message ends in one place, or is gone, once.
TEST_F(BulkTest, nothing_is_lost_or_doubled) {
  MailboxId const archive = world.mailbox(kHanako, "Archive");
  auto first = bulk_transfer(store, Transfer::move, kHanako, kInbox, {kAllUids}, name_of("Sent"));
  auto second = bulk_transfer(store, Transfer::move, kHanako, kInbox, {kAllUids}, name_of("Archive"));
  auto third = bulk_expunge(store, kHanako, kInbox, {{Uid(1), Uid(3000)}}, false);
  auto fourth = bulk_expunge(store, kHanako, kInbox, {{Uid(2000), Uid(kMany)}}, false);
  std::size_t const to_sent = first.wait().value().value().uids.size();
  std::size_t const to_archive = second.wait().value().value().uids.size();
  std::size_t const gone = third.wait().value().size() + fourth.wait().value().size();
  EXPECT_EQ(to_sent + to_archive + gone, kMany);
  EXPECT_EQ(count(kInbox), 0U);
  EXPECT_EQ(count(sent), to_sent);
  EXPECT_EQ(count(archive), to_archive);
  world.expect_sound();
}

}  // namespace
}  // namespace yubin::store
