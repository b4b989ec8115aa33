// Each kind of damage is found by a verification, mended as far as it can be, and nothing else is lost.
#include "store/repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/keys.h"
#include "store/records.h"
#include "store/test_world.h"
#include "store/verification.h"

namespace yubin::store {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

AccountId const kHanako{1};
AccountId const kTaro{2};
MailboxId const kInbox{1};
MailboxId const kSent{3};

class RepairTest : public testing::Test {
 public:
  void SetUp() override {
    world.create_account(kHanako);
    world.create_account(kTaro);
    for (int i = 0; i < 40; ++i) {
      NewMessage message = world.message("Subject: x\r\n\r\nbody", i % 2 == 0 ? SystemFlag::seen : SystemFlag::deleted);
      message.keywords = {"Work"};
      world.append(kHanako, kInbox, message).value();
      world.append(kTaro, kInbox, message).value();
    }
    expunge(Uid(2));
    ASSERT_THAT(verify_all().findings, IsEmpty());
  }

  void expunge(Uid uid) {
    auto done = world.change<std::vector<Uid>>({kHanako}, [=](Changes& changes) {
      UidRange const range{uid, uid};
      return changes.expunge(kHanako, kInbox, std::span(&range, 1), false);
    });
    ASSERT_TRUE(done.has_value());
  }

  Verified verify_all(VerifyDepth depth = VerifyDepth::bodies) {
    Verified all;
    do {
      Verification part = Verification::from(world.engine, world.bodies, depth, all.position).value();
      do {
        part.step();
      } while (!part.can_stop());
      Verified found = part.take();
      std::ranges::move(found.findings, std::back_inserter(all.findings));
      for (auto& [account, references] : found.damaged) {
        std::ranges::move(references, std::back_inserter(all.damaged[account]));
      }
      all.messages += found.messages;
      all.bodies += found.bodies;
      all.bytes += found.bytes;
      all.accounts += found.accounts;
      all.position = found.position;
    } while (!all.position.empty());
    return all;
  }

  std::vector<std::string> repair(AccountId account, std::vector<BodyRefKey> const& references = {}) {
    auto done = world.change<std::vector<std::string>>({account}, [&](Changes& changes) {
      return repair_account(changes.kv(), world.bodies, world.ids, account, 1'700'000'000, references);
    });
    EXPECT_TRUE(done.has_value()) << done.error().detail;
    return done.value_or(std::vector<std::string>{});
  }

  // Everything that is found is mended; what was done is told.
  std::vector<std::string> expect_mended() {
    Verified const before = verify_all();
    EXPECT_THAT(before.findings, Not(IsEmpty()));
    std::vector<std::string> done;
    for (auto const& [account, references] : before.damaged) {
      EXPECT_EQ(account, kHanako);
      std::ranges::move(repair(account, references), std::back_inserter(done));
    }
    EXPECT_THAT(verify_all().findings, IsEmpty());
    EXPECT_THAT(repair(kHanako), IsEmpty());
    return done;
  }

  void put(kv::Table table, std::string key, std::string value) {
    kv::Batch batch;
    batch.put(table, std::move(key), std::move(value));
    write(batch);
  }
  void erase(kv::Table table, std::string key) {
    kv::Batch batch;
    batch.erase(table, std::move(key));
    write(batch);
  }
  void write(kv::Batch const& batch) {
    kv::Batch const* batches[] = {&batch};
    ASSERT_TRUE(world.engine.write(batches).has_value());
  }
  std::vector<MessageState> states() { return world.store.states(kHanako, kInbox, kAllUids).value(); }
  Card card(Uid uid) { return world.store.find_card(kHanako, kInbox, uid).value().value(); }

  TestWorld world;
};

TEST_F(RepairTest, counts_what_it_reads) {
  Verified const all = verify_all();
  EXPECT_EQ(all.accounts, 2U);
  EXPECT_EQ(all.messages, 79U);
  EXPECT_EQ(all.bodies, 40U);  // the two accounts share them
  EXPECT_EQ(all.bytes, 40 * card(Uid(1)).body.size);
  EXPECT_EQ(verify_all(VerifyDepth::rows).bytes, 0U);
}

TEST_F(RepairTest, counters) {
  Mailbox inbox = world.store.get_mailbox(kHanako, kInbox).value();
  inbox.exists = 0;
  inbox.unseen = 7;
  inbox.size = 1;
  inbox.uid_next = Uid(5);
  put(kv::Table::mail, MailboxKey{kHanako, kInbox}.encode(), encode_mailbox(inbox));
  put(kv::Table::mail, AccountKey{kHanako}.encode(), encode_account({}));
  std::vector<std::string> const done = expect_mended();
  EXPECT_THAT(done, Contains(HasSubstr("mailbox 1 \"INBOX\": its record is corrected")));
  EXPECT_THAT(done, Contains(HasSubstr("account 1: its record is corrected")));
  EXPECT_EQ(world.store.usage(kHanako).value().messages, 39U);
  EXPECT_EQ(world.append(kHanako, kInbox, world.message("new")).value().uid, Uid(41));
}

TEST_F(RepairTest, list_of_uids) {
  erase(kv::Table::mail, UidsKey{kHanako, kInbox, 0}.encode());
  EXPECT_THAT(expect_mended(), Contains(HasSubstr("its list of UIDs is made anew")));
  EXPECT_THAT(world.store.uids(kHanako, kInbox).value(), SizeIs(39));
}

TEST_F(RepairTest, threads_that_cannot_be_read_go) {
  put(kv::Table::mail, ThreadKey{kHanako, 1}.encode(), "garbage");
  put(kv::Table::mail, ThreadKey{kHanako, 2}.encode(), encode_thread({UniqueId(1, 2), 20000}));
  EXPECT_THAT(expect_mended(), Contains(HasSubstr("could not be read and is removed")));
  EXPECT_TRUE(world.engine.get(kv::Table::mail, ThreadKey{kHanako, 2}.encode()).value().has_value());
}

TEST_F(RepairTest, states_come_back_from_their_cards) {
  put(kv::Table::mail, StatesKey{kHanako, kInbox, 1}.encode(), "garbage");
  std::vector<std::string> const done = expect_mended();
  EXPECT_THAT(done, Contains(HasSubstr("UID 32: its flags and dates were lost")));
  EXPECT_THAT(done, Contains(HasSubstr("its change log is dropped")));
  std::vector<MessageState> const now = states();
  ASSERT_THAT(now, SizeIs(39));
  EXPECT_TRUE(now[0].flags.has(SystemFlag::seen));
  EXPECT_FALSE(now.back().flags.has(SystemFlag::seen));
  EXPECT_FALSE(world.store.changes_since(kHanako, kInbox, ModSeq(1)).value().complete);
}

TEST_F(RepairTest, a_card_of_an_expunged_message_goes) {
  Card const was = card(Uid(4));
  expunge(Uid(4));
  put(kv::Table::mail, CardKey{kHanako, kInbox, Uid(4)}.encode(), encode_card(was));
  EXPECT_THAT(expect_mended(), Contains(HasSubstr("UID 4: was expunged, its card is removed")));
  EXPECT_THAT(states(), SizeIs(38));
}

TEST_F(RepairTest, a_lost_card_is_made_from_its_body) {
  erase(kv::Table::mail, CardKey{kHanako, kInbox, Uid(7)}.encode());
  EXPECT_THAT(expect_mended(), Contains(HasSubstr("UID 7: its card was lost and is made anew")));
  EXPECT_EQ(world.store.read(card(Uid(7)), 0, 100).value(), "Subject: x\r\n\r\nbody");
  EXPECT_FALSE(card(Uid(7)).summary.empty());
}

TEST_F(RepairTest, references) {
  erase(kv::Table::body_ref, BodyRefKey{card(Uid(1)).body.id, kHanako, kInbox, Uid(1)}.encode());
  BodyRefKey const orphan{UniqueId(1, 1), kHanako, kInbox, Uid(2)};
  put(kv::Table::body_ref, orphan.encode(), "");
  std::vector<std::string> const done = expect_mended();
  EXPECT_THAT(done, Contains(HasSubstr("UID 1: the reference to its body is put back")));
  EXPECT_THAT(done, Contains(HasSubstr("1 references of no message to bodies are removed")));
}

TEST_F(RepairTest, mailboxes_and_names) {
  erase(kv::Table::mail, MailboxKey{kHanako, kSent}.encode());
  put(kv::Table::mail, MailboxKey{kHanako, kInbox}.encode(), "garbage");
  erase(kv::Table::mail, NameKey{kHanako, "Trash"}.encode());
  std::vector<std::string> const done = expect_mended();
  EXPECT_THAT(done, Contains(HasSubstr("mailbox 1 \"INBOX\": its record was lost and is made anew")));
  EXPECT_THAT(done, Contains(HasSubstr("name \"Trash\" is corrected")));
  EXPECT_THAT(states(), SizeIs(39));
  EXPECT_EQ(world.store.get_mailbox(kHanako, kInbox).value().keywords, std::vector<std::string>{"lost-keyword-1"});
}

TEST_F(RepairTest, inbox_is_made_again) {
  for (std::string const& key : {MailboxKey{kHanako, kInbox}.encode(), NameKey{kHanako, "INBOX"}.encode()}) {
    erase(kv::Table::mail, key);
  }
  std::vector<std::string> const done = expect_mended();
  EXPECT_THAT(done, Contains(HasSubstr("mailbox \"INBOX\" is made")));
  EXPECT_EQ(world.store.find_mailbox(kHanako, name_of("Recovered 1")).value().value().exists, 39U);
}

TEST_F(RepairTest, a_lost_body_is_named_and_the_rest_is_served) {
  ASSERT_TRUE(world.bodies.drop(card(Uid(3)).body.id).has_value());
  EXPECT_THAT(verify_all().findings,
              testing::ElementsAre(HasSubstr("account 1: mailbox 1 \"INBOX\": UID 3: the body cannot be read"),
                                   HasSubstr("account 2: mailbox 1 \"INBOX\": UID 3: the body cannot be read")));
  EXPECT_THAT(repair(kHanako), IsEmpty());
  EXPECT_THAT(verify_all().findings, SizeIs(2));
  EXPECT_TRUE(world.store.read(card(Uid(4)), 0, 10).has_value());
}

// A change between two pages of an account is no damage.
TEST_F(RepairTest, an_account_in_use_is_read_again) {
  for (int i = 0; i < 300; ++i) world.append(kHanako, kInbox, world.message("body")).value();
  Verification part = Verification::from(world.engine, world.bodies, VerifyDepth::rows, "").value();
  part.step();
  part.step();  // the states, and some of the cards
  expunge(Uid(40));
  expunge(Uid(338));
  ASSERT_FALSE(part.can_stop());
  while (!part.can_stop()) part.step();
  Verified const found = part.take();
  EXPECT_THAT(found.findings, IsEmpty());
  EXPECT_EQ(found.messages, 337U);
}

TEST_F(RepairTest, positions_are_checked) {
  for (std::string_view position : {"x00", "a00", "azz", "b0"}) {
    EXPECT_FALSE(Verification::from(world.engine, world.bodies, VerifyDepth::rows, position).has_value()) << position;
  }
}

}  // namespace
}  // namespace yubin::store
