// Operations that fail at call 0, 1, 2 … of the engine until they succeed; after each the store is sound.
#include <gtest/gtest.h>

#include "kv/faulty_key_value.h"
#include "store/test_world.h"

namespace yubin::store {
namespace {

AccountId const kHanako{1};
MailboxId const kInbox{1};  // what create_account() makes first

using Rows = std::map<std::pair<kv::Table, std::string>, std::string>;
using Setup = std::function<void(TestWorld&)>;
using Operation = std::function<Result<int>(TestWorld&)>;

Rows all_rows(kv::KeyValue const& engine) {
  Rows rows;
  for (kv::Table table : kv::kTables) {
    for (kv::Row const& row : engine.scan(table, {}, {.rows = 100'000, .bytes = 100'000'000}).value().rows) {
      rows[{table, row.key}] = row.value;
    }
  }
  return rows;
}

// One round: everything is set up anew. True if the operation met no fault.
bool round(std::uint64_t nth, kv::FaultMode mode, Setup const& setup, Operation const& operation) {
  kv::MemoryKeyValue engine;
  {
    TestWorld world(&engine);
    setup(world);
  }
  Rows const before = all_rows(engine);
  kv::Faults faults;
  kv::FaultyKeyValue faulty(engine, faults);
  TestWorld world(&faulty);
  faults.arm(nth, mode);
  Result<int> const outcome = operation(world);
  bool const met_fault = faults.failed() > 0;
  faults.disarm();
  EXPECT_EQ(outcome.has_value(), !met_fault) << "call " << nth;
  EXPECT_EQ(verify(engine).value(), std::vector<std::string>{}) << "call " << nth;
  if (met_fault && mode == kv::FaultMode::nothing_done) {
    EXPECT_EQ(all_rows(engine), before) << "call " << nth;
    // The same store goes on with what is committed.
    Result<int> const again = operation(world);
    EXPECT_TRUE(again.has_value()) << "call " << nth << ": " << again.error().detail;
    EXPECT_EQ(verify(engine).value(), std::vector<std::string>{}) << "call " << nth;
  }
  return !met_fault;
}

void survives_faults(Setup const& setup, Operation const& operation) {
  for (kv::FaultMode mode : {kv::FaultMode::nothing_done, kv::FaultMode::done_but_failed}) {
    std::uint64_t nth = 0;
    while (!round(nth, mode, setup, operation)) {
      if (testing::Test::HasFailure()) return;
      ++nth;
      ASSERT_LT(nth, 10'000U);
    }
    EXPECT_GE(nth, 2U) << "the operation was to call the engine";
  }
}

void with_accounts(TestWorld& world, std::uint64_t count) {
  for (std::uint64_t id = 1; id <= count; ++id) world.create_account(AccountId(id));
}

void with_mail(TestWorld& world) {
  with_accounts(world, 2);
  for (int i = 0; i < 40; ++i) {
    SystemFlags const flags = i % 3 == 0 ? SystemFlag::deleted : SystemFlag::seen;
    ASSERT_TRUE(world.append(kHanako, kInbox, world.message("body", flags)).has_value());
  }
}

Result<int> on(TestWorld& world, std::vector<AccountId> accounts, std::function<Result<>(Changes&)> fn) {
  return world.change<int>(std::move(accounts), [fn](Changes& changes) -> Result<int> {
    TRY_VOID(fn(changes));
    return 0;
  });
}

Operation deliver_to(std::uint64_t count) {
  return [count](TestWorld& world) {
    std::vector<AccountId> accounts;
    for (std::uint64_t id = 1; id <= count; ++id) accounts.emplace_back(id);
    NewMessage const message = world.message("to all");
    return on(world, accounts, [=](Changes& changes) -> Result<> {
      for (AccountId account : accounts) TRY_VOID(changes.append(account, kInbox, message));
      return {};
    });
  };
}

TEST(StoreFaults, new_account) {
  survives_faults([](TestWorld&) {},
                  [](TestWorld& world) {
                    return on(world, {kHanako}, [](Changes& changes) { return changes.create_account(kHanako); });
                  });
}

TEST(StoreFaults, delivery_to_one) {
  survives_faults(with_mail, deliver_to(1));
}

TEST(StoreFaults, delivery_to_ten) {
  survives_faults([](TestWorld& world) { with_accounts(world, 10); }, deliver_to(10));
}

TEST(StoreFaults, flags) {
  survives_faults(with_mail, [](TestWorld& world) {
    return on(world, {kHanako}, [](Changes& changes) -> Result<> {
      FlagChange const change{FlagAction::add, SystemFlag::flagged, {"Work"}, {}};
      TRY_VOID(changes.store_flags(kHanako, kInbox, std::span(&kAllUids, 1), change));
      return {};
    });
  });
}

TEST(StoreFaults, expunge) {
  survives_faults(with_mail, [](TestWorld& world) {
    return on(world, {kHanako}, [](Changes& changes) -> Result<> {
      TRY_VOID(changes.expunge(kHanako, kInbox, std::span(&kAllUids, 1)));
      return {};
    });
  });
}

TEST(StoreFaults, move_to_another_account) {
  survives_faults(with_mail, [](TestWorld& world) {
    return on(world, {kHanako, AccountId(2)}, [](Changes& changes) -> Result<> {
      TRY_VOID(changes.move(kHanako, kInbox, std::span(&kAllUids, 1), AccountId(2), kInbox));
      return {};
    });
  });
}

TEST(StoreFaults, renaming_a_tree_and_removing) {
  auto setup = [](TestWorld& world) {
    with_mail(world);
    ASSERT_TRUE(on(world, {kHanako}, [](Changes& changes) -> Result<> {
                  TRY_VOID(changes.create_mailbox(kHanako, name_of("a/b/c")));
                  return {};
                }).has_value());
  };
  survives_faults(setup, [](TestWorld& world) {
    return on(world, {kHanako}, [](Changes& changes) -> Result<> {
      TRY_VOID(changes.rename_mailbox(kHanako, name_of("a"), name_of("x/y")));
      return changes.remove_mailbox(kHanako, name_of("x/y/b/c"));
    });
  });
}

TEST(StoreFaults, removing_an_account) {
  survives_faults(with_mail, [](TestWorld& world) {
    return on(world, {kHanako}, [](Changes& changes) { return changes.remove_account(kHanako); });
  });
}

// What was not answered with success may be lost; all of it or nothing.
TEST(StoreFaults, loss_of_power) {
  kv::MemoryKeyValue engine;
  {
    TestWorld world(&engine);
    with_mail(world);
  }
  Rows const before = all_rows(engine);
  {
    TestWorld world(&engine);
    engine.fail_sync(true);
    EXPECT_FALSE(deliver_to(2)(world).has_value());
    EXPECT_FALSE(world.append(kHanako, kInbox, world.message("late")).has_value());
  }
  engine.lose_unsynced();
  engine.fail_sync(false);
  EXPECT_EQ(all_rows(engine), before);
  TestWorld world(&engine);
  EXPECT_TRUE(deliver_to(2)(world).has_value());
  EXPECT_EQ(world.store.get_mailbox(kHanako, kInbox).value().exists, 41U);
  world.expect_sound();
}

// An error of the caller's function drops what it put.
TEST(StoreFaults, change_that_ends_in_an_error_leaves_nothing) {
  kv::MemoryKeyValue engine;
  TestWorld world(&engine);
  with_mail(world);
  Rows const before = all_rows(engine);
  NewMessage const message = world.message("x");
  Result<int> const outcome = on(world, {kHanako}, [message](Changes& changes) -> Result<> {
    TRY_VOID(changes.append(kHanako, kInbox, message));
    TRY_VOID(changes.create_mailbox(kHanako, name_of("a")));
    TRY_VOID(changes.expunge(kHanako, kInbox, std::span(&kAllUids, 1)));
    return changes.remove_mailbox(kHanako, MailboxName::inbox());
  });
  EXPECT_EQ(outcome.error().code, Errc::denied);
  EXPECT_EQ(all_rows(engine), before);
}

}  // namespace
}  // namespace yubin::store
