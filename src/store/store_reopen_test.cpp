// The store on the engine that the server uses: what was answered is there after it is opened again.
#include <gtest/gtest.h>

#include <filesystem>

#include "kv/rocks_key_value.h"
#include "store/test_world.h"

namespace yubin::store {
namespace {

AccountId const kHanako{1};

class StoreReopen : public testing::Test {
 public:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "yubin-store-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  std::unique_ptr<kv::RocksKeyValue> open() {
    return kv::RocksKeyValue::open(directory / "store", kv::RocksKeyValue::Options{}).value();
  }

  std::filesystem::path directory;
};

TEST_F(StoreReopen, all_is_as_it_was_and_goes_on) {
  std::vector<Mailbox> mailboxes;
  std::vector<MessageState> states;
  MailboxId inbox;
  ModSeq early;
  {
    auto engine = open();
    TestWorld world(engine.get());
    world.create_account(kHanako);
    inbox = world.mailbox(kHanako, "INBOX");
    MailboxId const archive = world.mailbox(kHanako, "Archive");
    for (int i = 0; i < 70; ++i) ASSERT_TRUE(world.append(kHanako, inbox, world.message("body")).has_value());
    early = world.store.get_mailbox(kHanako, inbox).value().highest_modseq;
    auto changed = world.change<int>({kHanako}, [=](Changes& changes) -> Result<int> {
      UidRange const some{Uid(30), Uid(40)};
      TRY_VOID(changes.move(kHanako, inbox, std::span(&some, 1), kHanako, archive));
      FlagChange const seen{FlagAction::add, SystemFlag::seen, {"Work"}, {}};
      TRY_VOID(changes.store_flags(kHanako, inbox, std::span(&kAllUids, 1), seen));
      TRY_VOID(changes.create_mailbox(kHanako, name_of("a/b")));
      TRY_VOID(changes.rename_mailbox(kHanako, name_of("a"), name_of("c")));
      TRY_VOID(changes.remove_mailbox(kHanako, name_of("Junk")));
      return 0;
    });
    ASSERT_TRUE(changed.has_value()) << changed.error().detail;
    mailboxes = world.store.mailboxes(kHanako).value();
    states = world.store.states(kHanako, inbox, kAllUids).value();
    world.expect_sound();
  }
  auto engine = open();
  TestWorld world(engine.get());
  EXPECT_EQ(world.store.mailboxes(kHanako).value(), mailboxes);
  EXPECT_EQ(world.store.states(kHanako, inbox, kAllUids).value(), states);
  ChangesSince const changes = world.store.changes_since(kHanako, inbox, early).value();
  EXPECT_EQ(changes.changed.size(), 59U);
  EXPECT_EQ(changes.expunged.size(), 11U);
  EXPECT_EQ(world.append(kHanako, inbox, world.message("new")).value().uid, Uid(71));
  world.expect_sound();
}

}  // namespace
}  // namespace yubin::store
