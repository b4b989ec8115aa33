#include "deliver/local.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journal/query.h"
#include "kv/body_refs.h"
#include "kv/faulty_key_value.h"
#include "store/records.h"
#include "store/test_world.h"

namespace yubin::deliver {
namespace {

using kv::AccountId;
using store::TestWorld;

constexpr std::uint64_t kAccounts = 150;  // three parts

// The delivery over a store, as a server that has just been started has it.
class Running {
 public:
  explicit Running(kv::KeyValue& engine)
      : world(&engine),
        journal(journal::Journal::Services{engine, world.changer, world.committer, world.ids, world.clock}),
        delivery(world.store, engine, journal, world.ids, world.clock) {
    delivery.on_queued([this] { ++queued; });
  }

  LocalMessage message(std::uint64_t accounts) {
    LocalMessage message{.body = world.body("Subject: x\r\n\r\n"),
                         .summary = "summary",
                         .trace = "Received: from a by b",
                         .reverse_path = "sender@other.example",
                         .targets = {},
                         .entry = {}};
    message.entry.id = journal.next_id();
    message.entry.kind = journal::Kind::message;
    for (std::uint64_t i = 1; i <= accounts; ++i)
      message.targets.push_back({AccountId(i), "all@b.test", "user" + std::to_string(i) + "@b.test"});
    return message;
  }

  // Runs the job to its end; its error if it had one.
  Result<> run_queue() {
    for (;;) {
      Result<Turn> const turn = delivery.deliver_queued();
      if (!turn) return std::unexpected(turn.error());
      if (*turn == Turn::done) return {};
    }
  }

  std::uint32_t messages_of(std::uint64_t account) {
    return world.store.find_mailbox(AccountId(account), store::MailboxName::inbox()).value().value().exists;
  }

  TestWorld world;
  journal::Journal journal;
  LocalDelivery delivery;
  int queued = 0;
};

void create_accounts(kv::KeyValue& engine) {
  TestWorld world(&engine);
  for (std::uint64_t i = 1; i <= kAccounts; ++i) world.create_account(AccountId(i));
}

std::size_t rows(kv::KeyValue const& engine, kv::Table table) {
  return engine.scan(table, {}, {.rows = 100'000, .bytes = 100'000'000}).value().rows.size();
}

void expect_each_has_one(Running& running, kv::KeyValue const& engine) {
  for (std::uint64_t i = 1; i <= kAccounts; ++i) EXPECT_EQ(running.messages_of(i), 1U) << "account " << i;
  EXPECT_EQ(rows(engine, kv::Table::queue), 0U);
  kv::Range const references = kv::body_refs_range();
  EXPECT_EQ(engine.scan(kv::Table::body_ref, references, {.rows = 1000}).value().rows.size(), kAccounts);
  EXPECT_EQ(store::verify(engine).value(), std::vector<std::string>{});
}

TEST(LocalDelivery, delivers_at_once_to_as_many_accounts_as_a_change_may_have) {
  kv::MemoryKeyValue engine;
  create_accounts(engine);
  Running running(engine);
  LocalMessage message = running.message(64);
  message.targets.push_back({AccountId(1), "again@b.test", "user1@b.test"});
  journal::EntryId const id = running.delivery.deliver(std::move(message)).wait().value();
  EXPECT_EQ(running.queued, 0);
  EXPECT_EQ(rows(engine, kv::Table::queue), 0U);
  for (std::uint64_t i = 1; i <= 64; ++i) EXPECT_EQ(running.messages_of(i), 1U);
  EXPECT_EQ(running.messages_of(65), 0U);
  journal::Entry const entry = running.journal.find(id).value().value();
  ASSERT_EQ(entry.recipients.size(), 64U);
  EXPECT_EQ(entry.recipients.front(),
            (journal::RecipientFate{"all@b.test", "delivered", "2.0.0", "INBOX of user1@b.test"}));
}

TEST(LocalDelivery, holds_a_message_for_more_and_delivers_it_in_parts) {
  kv::MemoryKeyValue engine;
  create_accounts(engine);
  Running running(engine);
  journal::EntryId const id = running.delivery.deliver(running.message(kAccounts)).wait().value();
  EXPECT_EQ(running.queued, 1);
  EXPECT_EQ(rows(engine, kv::Table::queue), 3U);
  EXPECT_EQ(running.messages_of(1), 0U);
  EXPECT_THAT(running.journal.find(id).value().value().recipients,
              testing::ElementsAre(journal::RecipientFate{"all@b.test", "queued", "2.0.0", "for 150 mailboxes"}));
  EXPECT_EQ(store::verify(engine).value(), std::vector<std::string>{});

  ASSERT_TRUE(running.run_queue().has_value());
  expect_each_has_one(running, engine);
  auto const all = running.journal.search({}).value().entries;
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all.front().kind, journal::Kind::delivery);
  EXPECT_EQ(all.front().facts, (decltype(all.back().facts){{"accepted as", id.text()}}));
}

TEST(LocalDelivery, goes_on_after_a_restart) {
  kv::MemoryKeyValue engine;
  create_accounts(engine);
  {
    Running before(engine);
    (void)before.delivery.deliver(before.message(kAccounts)).wait().value();
    ASSERT_EQ(before.delivery.deliver_queued().value(), Turn::more);
    EXPECT_EQ(rows(engine, kv::Table::queue), 2U);
  }
  Running after(engine);
  ASSERT_TRUE(after.run_queue().has_value());
  expect_each_has_one(after, engine);
}

// The engine fails at call 0, 1, 2 … of the queue's run; then the server is started anew.
TEST(LocalDelivery, loses_and_doubles_nothing_whatever_call_fails) {
  for (kv::FaultMode mode : {kv::FaultMode::nothing_done, kv::FaultMode::done_but_failed}) {
    bool met_fault = true;
    // Every call of the first run would take a minute under a sanitizer; a stride that is prime to a part's calls
    // comes upon each kind.
    for (std::uint64_t nth = 0; met_fault; nth += 97) {
      kv::MemoryKeyValue engine;
      create_accounts(engine);
      {
        Running before(engine);
        (void)before.delivery.deliver(before.message(kAccounts)).wait().value();
      }
      kv::Faults faults;
      kv::FaultyKeyValue faulty(engine, faults);
      {
        Running failing(faulty);
        faults.arm(nth, mode);
        Result<> const run = failing.run_queue();
        met_fault = faults.failed() > 0;
        EXPECT_EQ(run.has_value(), !met_fault) << "call " << nth;
        faults.disarm();
      }
      Running after(engine);
      ASSERT_TRUE(after.run_queue().has_value());
      expect_each_has_one(after, engine);
      ASSERT_FALSE(HasFailure()) << "call " << nth;
    }
  }
}

TEST(LocalDelivery, a_failed_commit_of_the_acceptance_leaves_nothing) {
  kv::MemoryKeyValue engine;
  create_accounts(engine);
  kv::Faults faults;
  kv::FaultyKeyValue faulty(engine, faults, kv::FaultyKeyValue::Failing::writes);
  Running running(faulty);
  faults.arm(0, kv::FaultMode::nothing_done);
  EXPECT_FALSE(running.delivery.deliver(running.message(kAccounts)).wait().has_value());
  EXPECT_EQ(running.queued, 0);
  EXPECT_EQ(rows(engine, kv::Table::queue), 0U);
  EXPECT_EQ(rows(engine, kv::Table::body_ref), 0U);
}

TEST(LocalDelivery, an_account_that_is_gone_or_full_does_not_hold_up_the_others) {
  kv::MemoryKeyValue engine;
  create_accounts(engine);
  Running running(engine);
  (void)running.delivery.deliver(running.message(kAccounts)).wait().value();
  auto remove = [](store::Changes& changes) { return changes.remove_account(AccountId(3)); };
  ASSERT_TRUE(running.world.store.change<void>({AccountId(3)}, Lane::delivery, remove).wait().has_value());
  // The second account has used up its UIDs.
  auto fill = [](store::Changes& changes) -> Result<> {
    store::MailboxKey const key{AccountId(2),
                                changes.find_mailbox(AccountId(2), store::MailboxName::inbox()).value().value().id};
    std::string const row = changes.kv().get(kv::Table::mail, key.encode()).value().value();
    store::Mailbox full = store::decode_mailbox(key.mailbox, row).value();
    full.uid_next = store::Uid(~std::uint32_t{0});
    changes.kv().put(kv::Table::mail, key.encode(), store::encode_mailbox(full));
    return {};
  };
  ASSERT_TRUE(running.world.store.change<void>({AccountId(2)}, Lane::delivery, fill).wait().has_value());

  ASSERT_TRUE(running.run_queue().has_value());
  EXPECT_EQ(rows(engine, kv::Table::queue), 0U);
  for (std::uint64_t i = 4; i <= kAccounts; ++i) EXPECT_EQ(running.messages_of(i), 1U) << "account " << i;
  EXPECT_EQ(running.messages_of(1), 1U);
  EXPECT_EQ(running.messages_of(2), 0U);
  std::vector<std::string> failed;
  for (journal::Entry const& entry : running.journal.search({.limit = 1000}).value().entries) {
    for (journal::RecipientFate const& fate : entry.recipients)
      if (fate.fate == "failed") failed.push_back(fate.status + " " + fate.detail.substr(0, 12));
  }
  EXPECT_THAT(failed, testing::UnorderedElementsAre("5.2.0 user2@b.test", "5.1.1 user3@b.test"));
}

TEST(LocalDelivery, leaves_a_row_that_cannot_be_read_and_goes_on) {
  kv::MemoryKeyValue engine;
  create_accounts(engine);
  Running running(engine);
  kv::Batch batch;
  batch.put(kv::Table::queue, queue::LocalKey{UniqueId(1, 1), 0}.encode(), "rubbish");
  kv::Batch const* const batches[] = {&batch};
  ASSERT_TRUE(engine.write(batches).has_value());
  (void)running.delivery.deliver(running.message(kAccounts)).wait().value();
  ASSERT_TRUE(running.run_queue().has_value());
  for (std::uint64_t i = 1; i <= kAccounts; ++i) EXPECT_EQ(running.messages_of(i), 1U);
  EXPECT_EQ(rows(engine, kv::Table::queue), 1U);
}

TEST(LocalDelivery, what_goes_elsewhere_is_queued_in_the_same_commit) {
  kv::MemoryKeyValue engine;
  create_accounts(engine);
  Running running(engine);
  SeededRandom random(1);
  auto release = [](kv::Changes&, kv::BodyRef const&) {};
  queue::Outgoing outgoing({engine, running.world.changer, running.journal, running.world.clock, random, release}, {});
  running.delivery.send_through(outgoing);
  LocalMessage message = running.message(2);
  message.outgoing.push_back({smtp::ForwardPath::parse("<x@elsewhere.test>").value()});
  std::uint64_t const writes = running.world.committer.counters().writes;
  EXPECT_TRUE(running.delivery.deliver(std::move(message)).wait().has_value());
  EXPECT_EQ(running.world.committer.counters().writes, writes + 1);
  EXPECT_EQ(running.messages_of(2), 1U);
  auto const job = outgoing.take().value();
  ASSERT_TRUE(job.has_value());
  EXPECT_EQ(job->destination, "elsewhere.test");
  EXPECT_EQ(job->message.reverse_path.text(), "<sender@other.example>");
  EXPECT_TRUE(job->message.prefix.starts_with("Received: from a by b;\r\n\t"));
  EXPECT_TRUE(job->message.prefix.ends_with("\r\n"));
  EXPECT_EQ(store::verify(engine).value(), std::vector<std::string>{});
}

TEST(LocalDelivery, rows_that_belong_to_a_message_are_in_its_commit) {
  kv::MemoryKeyValue engine;
  create_accounts(engine);
  Running running(engine);
  for (std::uint64_t const accounts : {std::uint64_t{2}, kAccounts}) {
    LocalMessage message = running.message(accounts);
    std::string const key = "z" + std::to_string(accounts);
    message.rows.push_back({key, "value"});
    std::uint64_t const writes = running.world.committer.counters().writes;
    EXPECT_TRUE(running.delivery.deliver(std::move(message)).wait().has_value());
    EXPECT_EQ(running.world.committer.counters().writes, writes + 1);
    EXPECT_EQ(engine.get(kv::Table::queue, key).value(), "value");
  }
}

}  // namespace
}  // namespace yubin::deliver
