// Each kind of damage is found and named.
#include "store/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/keys.h"
#include "store/records.h"
#include "store/test_world.h"

namespace yubin::store {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

AccountId const kHanako{1};
MailboxId const kInbox{1};
MailboxId const kSent{3};

class VerifyTest : public testing::Test {
 public:
  void SetUp() override {
    world.create_account(kHanako);
    for (int i = 0; i < 5; ++i) {
      world.append(kHanako, kInbox, world.message("body", i == 0 ? SystemFlag::seen : SystemFlag::deleted)).value();
    }
    auto expunged = world.change<int>({kHanako}, [](Changes& changes) -> Result<int> {
      UidRange const second{Uid(2), Uid(2)};
      TRY_VOID(changes.expunge(kHanako, kInbox, std::span(&second, 1)));
      return 0;
    });
    ASSERT_TRUE(expunged.has_value());
    ASSERT_THAT(verify(world.engine).value(), IsEmpty());
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
  void change_mailbox(MailboxId id, std::function<void(Mailbox&)> change) {
    Mailbox mailbox = world.store.get_mailbox(kHanako, id).value();
    change(mailbox);
    put(kv::Table::mail, MailboxKey{kHanako, id}.encode(), encode_mailbox(mailbox));
  }
  void change_states(std::function<void(std::vector<MessageState>&)> change) {
    std::vector<MessageState> states = world.store.states(kHanako, kInbox, kAllUids).value();
    change(states);
    put(kv::Table::mail, StatesKey{kHanako, kInbox, 0}.encode(), encode_states(states));
  }
  void change_account(std::function<void(AccountRecord&)> change) {
    std::string const key = AccountKey{kHanako}.encode();
    AccountRecord record = decode_account(world.engine.get(kv::Table::mail, key).value().value()).value();
    change(record);
    put(kv::Table::mail, key, encode_account(record));
  }
  void expect_finding(std::string const& text) { EXPECT_THAT(verify(world.engine).value(), Contains(HasSubstr(text))); }
  void put_log(ModSeq modseq, LogEntry const& entry) {
    put(kv::Table::mail, LogKey{kHanako, kInbox, modseq}.encode(), encode_log_entry(entry));
  }
  ModSeq highest() { return world.store.get_mailbox(kHanako, kInbox).value().highest_modseq; }

  TestWorld world;
};

TEST_F(VerifyTest, counters_of_a_mailbox) {
  change_mailbox(kInbox, [](Mailbox& mailbox) {
    ++mailbox.exists;
    ++mailbox.unseen;
    ++mailbox.deleted;
    ++mailbox.size;
  });
  expect_finding("account 1: mailbox 1 \"INBOX\": messages recorded as 5, counted as 4");
  expect_finding("messages without \\Seen recorded as 4, counted as 3");
  expect_finding("messages with \\Deleted recorded as 4, counted as 3");
  expect_finding("bytes recorded as");
}

TEST_F(VerifyTest, counters_of_the_account) {
  change_account([](AccountRecord& record) {
    ++record.usage.messages;
    ++record.usage.bytes;
    ++record.mailboxes;
    ++record.past_names;
  });
  expect_finding("account 1: messages recorded as 5, counted as 4");
  expect_finding("account 1: bytes recorded as");
  expect_finding("mailboxes recorded as 7, counted as 6");
  expect_finding("past names recorded as 1, counted as 0");
}

TEST_F(VerifyTest, highest_values_of_the_account) {
  change_account([](AccountRecord& record) {
    record.next_mailbox = MailboxId(3);
    record.highest_modseq = ModSeq(1);
    record.uid_validity_floor = UidValidity(1);
  });
  expect_finding("has an id that is yet to be given out");
  expect_finding("has a HIGHESTMODSEQ above the account's");
  expect_finding("has a UIDVALIDITY above the account's");
  erase(kv::Table::mail, AccountKey{kHanako}.encode());
  expect_finding("there is no record of the account");
}

TEST_F(VerifyTest, messages_against_their_mailbox) {
  change_mailbox(kInbox, [](Mailbox& mailbox) { mailbox.uid_next = Uid(5); });
  expect_finding("UID 5 is not below UIDNEXT");
  change_states([this](std::vector<MessageState>& states) {
    states[0].keywords = {KeywordId(0)};
    states[1].modseq = highest().next();
    states[2].modseq = ModSeq(0);
  });
  expect_finding("UID 1 has a keyword that the mailbox lacks");
  expect_finding("UID 3 has a mod-sequence above HIGHESTMODSEQ");
  expect_finding("UID 4 has no mod-sequence");
  expect_finding("UID 3 has mod-sequence");
}

TEST_F(VerifyTest, list_of_uids) {
  put(kv::Table::mail, UidsKey{kHanako, kInbox, 0}.encode(), encode_uids(UidBits().set(1).set(2)));
  expect_finding("UID 2 is listed but not there");
  expect_finding("UIDs recorded as 2, counted as 4");
}

TEST_F(VerifyTest, messages_that_vanished) {
  change_states([](std::vector<MessageState>& states) { states.pop_back(); });
  expect_finding("5 UIDs were given out, 4 are accounted for");
  expect_finding("card of UID 5 is that of no message");
}

TEST_F(VerifyTest, cards_and_bodies) {
  Card const card = world.store.find_card(kHanako, kInbox, Uid(1)).value().value();
  erase(kv::Table::body, card.body.id.bytes());
  expect_finding("card of UID 1 has a body that lies nowhere");
  erase(kv::Table::body_ref, BodyRefKey{card.body.id, kHanako, kInbox, Uid(1)}.encode());
  expect_finding("card of UID 1 has no reference to its body");
  change_states([](std::vector<MessageState>& states) { ++states[0].size; });
  expect_finding("card of UID 1 has another size than the message");
  erase(kv::Table::mail, CardKey{kHanako, kInbox, Uid(1)}.encode());
  expect_finding("UID 1 has no card");
}

TEST_F(VerifyTest, references_without_a_card) {
  put(kv::Table::body_ref, BodyRefKey{UniqueId(1, 1), kHanako, kInbox, Uid(1)}.encode(), "");
  expect_finding("is that of no card");
  put(kv::Table::body_ref, "short", "");
  expect_finding("cannot be read");
}

TEST_F(VerifyTest, bodies_without_a_user) {
  put(kv::Table::body, UniqueId(1, 1).bytes(), "a place");
  expect_finding("body 00000000000000010000000000000001 is placed, but nobody uses it");
}

TEST_F(VerifyTest, change_log) {
  put_log(highest().next(), {LogKind::flags, {{Uid(1), Uid(1)}}});
  expect_finding("change log goes beyond HIGHESTMODSEQ");
  put_log(highest(), {LogKind::added, {{Uid(1), Uid(2)}}});
  expect_finding("UID 1 was not added in the order of UIDs");
  put_log(highest(), {LogKind::expunged, {{Uid(1), Uid(1)}}});
  expect_finding("UID 1 is expunged but there");
  put_log(highest().next(), {LogKind::expunged, {{Uid(1), Uid(100)}}});
  expect_finding("has UIDs not below UIDNEXT");
  put_log(highest().next(), {LogKind::flags, {{Uid(1), Uid(1)}}});
  expect_finding("UID 1 was expunged before");
  change_mailbox(kInbox, [](Mailbox& mailbox) { mailbox.log_floor = mailbox.highest_modseq.next(); });
  expect_finding("was to be gone");
  expect_finding("change log begins beyond HIGHESTMODSEQ");
}

TEST_F(VerifyTest, names) {
  put(kv::Table::mail, NameKey{kHanako, "Sent"}.encode(), encode_name({kInbox, UidValidity(1)}));
  expect_finding("name \"Sent\" leads to a mailbox that does not have it");
  put(kv::Table::mail, NameKey{kHanako, "Sent"}.encode(), encode_name({kSent, UidValidity(1)}));
  expect_finding("name \"Sent\" has another UIDVALIDITY than its mailbox");
  erase(kv::Table::mail, NameKey{kHanako, "INBOX"}.encode());
  expect_finding("6 mailboxes, but 5 names lead to one");
  expect_finding("there is no INBOX");
  change_mailbox(kSent, [](Mailbox& mailbox) { mailbox.name = name_of("a/b"); });
  expect_finding("mailbox 3 \"a/b\" has no mailbox above it");
}

TEST_F(VerifyTest, what_must_differ) {
  Mailbox const inbox = world.store.get_mailbox(kHanako, kInbox).value();
  change_mailbox(kSent, [&](Mailbox& mailbox) {
    mailbox.uid_validity = inbox.uid_validity;
    mailbox.object_id = inbox.object_id;
  });
  expect_finding("has the UIDVALIDITY of another mailbox");
  expect_finding("has the MAILBOXID of another mailbox");
}

TEST_F(VerifyTest, rows_that_cannot_be_read_or_belong_nowhere) {
  put(kv::Table::mail, AccountKey{kHanako}.encode().substr(0, 8) + "\x7f", "");
  expect_finding("row 00000000000000017f cannot be read: unknown kind of row");
  put(kv::Table::mail, CardKey{kHanako, kInbox, Uid(1)}.encode(), "garbage");
  expect_finding("cannot be read: record of an unknown version");
  put(kv::Table::mail, ThreadKey{kHanako, 1}.encode(), "garbage");
  expect_finding("row 0000000000000001090000000000000001 cannot be read: record of an unknown version");
  put(kv::Table::mail, LogKey{kHanako, MailboxId(99), ModSeq(1)}.encode(), encode_log_entry({LogKind::added, {}}));
  expect_finding("change log of mailbox 99, which does not exist");
}

TEST_F(VerifyTest, every_account_is_visited) {
  world.create_account(AccountId(0x1ff));
  erase(kv::Table::mail, AccountKey{AccountId(0x1ff)}.encode());
  expect_finding("account 511: there is no record of the account");
  EXPECT_THAT(verify_account(world.engine, AccountId(7)).value(), IsEmpty());
}

}  // namespace
}  // namespace yubin::store
