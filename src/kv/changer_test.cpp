#include "kv/changer.h"

#include <gmock/gmock.h>

#include <atomic>
#include <latch>
#include <random>
#include <thread>

#include "base/bytes.h"
#include "kv/faulty_key_value.h"
#include "kv/memory_key_value.h"
#include "kv/storage_pool.h"
#include "tests/kit/gated_key_value.h"
#include "tests/kit/manual_executor.h"

namespace yubin::kv {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr AccountId kAnna{1};
constexpr AccountId kBert{2};
constexpr AccountId kCleo{3};

std::string key(AccountId account, std::string_view name) {
  std::string out;
  ByteWriter(out).u64(account.value());
  return out.append(name);
}

// A change that puts one row.
auto putting(AccountId account, std::string name, std::string value) {
  return [=](Changes& changes) -> Result<> {
    changes.put(Table::mail, key(account, name), value);
    return {};
  };
}

auto getting(AccountId account, std::string name) {
  return [=](Changes& changes) -> Result<std::optional<std::string>> {
    return changes.get(Table::mail, key(account, name));
  };
}

// The rows of an account as a change sees them: "name=value".
auto listing(AccountId account, Limit limit = {}) {
  return [=](Changes& changes) -> Result<std::vector<std::string>> {
    std::vector<std::string> all;
    Range range = prefix_range(key(account, ""));
    for (;;) {
      TRY(auto page, changes.scan(Table::mail, range, limit));
      for (auto const& row : page.rows) all.push_back(row.key.substr(8) + "=" + row.value);
      if (!page.next) return all;
      range.from = *page.next;
    }
  };
}

using Names = std::vector<std::string>;

// Everything on one thread but the commits, which wait at a gate.
struct ChangerTest : testing::Test {
  ~ChangerTest() override {
    gated.open();
    pool.run_all();
  }

  template <class T = void, class Fn>
  Ticket<T> change(std::vector<AccountId> accounts, Fn fn) {
    return changer.change<T>(std::move(accounts), Lane::delivery, std::move(fn));
  }
  std::optional<std::string> committed(AccountId account, std::string_view name) {
    return memory.get(Table::mail, key(account, name)).value();
  }

  MemoryKeyValue memory;
  Faults faults;
  FaultyKeyValue faulty{memory, faults, FaultyKeyValue::Failing::writes};
  kit::GatedKeyValue gated{faulty};
  Committer committer{gated, {}};
  kit::ManualExecutor pool;
  Changer changer{gated, committer, pool};
};

TEST_F(ChangerTest, delivers_the_result_after_the_commit) {
  gated.close();
  auto const ticket = change<int>({kAnna}, [](Changes& changes) -> Result<int> {
    changes.put(Table::mail, key(kAnna, "a"), "1");
    return 42;
  });
  pool.run_all();
  gated.wait_for_write();
  EXPECT_FALSE(ticket.done());
  EXPECT_EQ(committed(kAnna, "a"), std::nullopt);
  gated.open();
  EXPECT_EQ(ticket.wait(), 42);
  EXPECT_EQ(committed(kAnna, "a"), "1");
}

TEST_F(ChangerTest, a_later_change_sees_what_is_not_committed_yet) {
  gated.close();
  auto const first = change({kAnna}, putting(kAnna, "a", "1"));
  auto const second = change<std::optional<std::string>>({kAnna}, getting(kAnna, "a"));
  auto const other = change<std::optional<std::string>>({kBert}, getting(kAnna, "a"));
  pool.run_all();
  gated.wait_for_write();
  EXPECT_EQ(memory.get(Table::mail, key(kAnna, "a")).value(), std::nullopt);
  EXPECT_FALSE(second.done()) << "what it saw is not durable yet";
  gated.open();
  EXPECT_EQ(second.wait().value(), "1");
  EXPECT_EQ(other.wait().value(), std::nullopt) << "keys of other accounts are read as committed";
}

TEST_F(ChangerTest, a_change_sees_its_own_puts_over_earlier_ones_over_the_committed_state) {
  auto const base = change({kAnna}, [](Changes& changes) -> Result<> {
    for (char const* name : {"a", "b", "c", "d", "e"}) changes.put(Table::mail, key(kAnna, name), "0");
    return {};
  });
  pool.run_all();
  ASSERT_TRUE(base.wait());
  gated.close();
  change({kAnna}, [](Changes& changes) -> Result<> {
    changes.put(Table::mail, key(kAnna, "b"), "1");
    changes.erase(Table::mail, key(kAnna, "c"));
    changes.put(Table::mail, key(kAnna, "bb"), "1");
    return {};
  });
  auto const listed = change<Names>({kAnna}, [](Changes& changes) -> Result<Names> {
    changes.erase_range(Table::mail, {key(kAnna, "d"), key(kAnna, "e")});
    changes.put(Table::mail, key(kAnna, "dd"), "2");
    changes.put(Table::mail, key(kAnna, "b"), "2");
    return listing(kAnna, {.rows = 2})(changes);
  });
  auto const emptied = change<Names>({kAnna}, [](Changes& changes) -> Result<Names> {
    changes.erase_range(Table::mail, prefix_range(key(kAnna, "")));
    changes.put(Table::mail, key(kAnna, "z"), "3");
    return listing(kAnna, {.rows = 1})(changes);
  });
  pool.run_all();
  gated.open();
  EXPECT_THAT(listed.wait().value(), ElementsAre("a=0", "b=2", "bb=1", "dd=2", "e=0"));
  EXPECT_THAT(emptied.wait().value(), ElementsAre("z=3"));
  auto const after = change<Names>({kAnna}, listing(kAnna));
  pool.run_all();
  EXPECT_THAT(after.wait().value(), ElementsAre("z=3"));
}

TEST_F(ChangerTest, an_error_of_the_function_drops_what_it_put) {
  auto const failed = change<int>({kAnna}, [](Changes& changes) -> Result<int> {
    changes.put(Table::mail, key(kAnna, "a"), "1");
    return fail(Errc::not_found, "no such mailbox");
  });
  auto const seen = change<std::optional<std::string>>({kAnna}, getting(kAnna, "a"));
  pool.run_all();
  EXPECT_EQ(failed.wait().error(), (Error{Errc::not_found, "no such mailbox"}));
  EXPECT_EQ(seen.wait().value(), std::nullopt);
  EXPECT_EQ(committed(kAnna, "a"), std::nullopt);
}

TEST_F(ChangerTest, a_batch_over_a_limit_fails_its_change_alone) {
  auto const failed = change({kAnna}, putting(kAnna, "a", std::string(kMaxValue + 1, 'x')));
  auto const good = change({kAnna}, putting(kAnna, "b", "1"));
  pool.run_all();
  EXPECT_EQ(failed.wait().error().code, Errc::limit);
  EXPECT_TRUE(good.wait());
}

TEST_F(ChangerTest, a_failed_write_fails_later_changes_of_its_accounts_and_reloads_them) {
  auto const before = change({kAnna}, putting(kAnna, "n", "0"));
  pool.run_all();
  ASSERT_TRUE(before.wait());
  gated.close();
  auto const failing = change({kAnna}, putting(kAnna, "n", "1"));
  pool.run_all();
  gated.wait_for_write();
  // These are one group. Bert's change rests on the one that rests on the failing one; Cleo's rests on nothing.
  auto const both = change({kAnna, kBert}, putting(kBert, "n", "1"));
  auto const bert = change({kBert}, putting(kBert, "m", "1"));
  auto const nothing_put = change<std::optional<std::string>>({kAnna}, getting(kAnna, "n"));
  auto const cleo = change({kCleo}, putting(kCleo, "n", "1"));
  pool.run_all();
  faults.arm(0, FaultMode::nothing_done);
  gated.open();
  EXPECT_EQ(failing.wait().error(), faults.error());
  EXPECT_THAT(both.wait().error().detail, HasSubstr("an earlier change of account 1 failed"));
  EXPECT_THAT(bert.wait().error().detail, HasSubstr("an earlier change of account 2 failed"));
  EXPECT_EQ(nothing_put.wait().error().code, Errc::temporary) << "it read what was never committed";
  EXPECT_TRUE(cleo.wait());
  EXPECT_EQ(committed(kBert, "n"), std::nullopt);
  EXPECT_EQ(committed(kBert, "m"), std::nullopt);

  auto const reread = change<std::optional<std::string>>({kAnna}, getting(kAnna, "n"));
  auto const again = change({kBert}, putting(kBert, "m", "2"));
  pool.run_all();
  EXPECT_EQ(reread.wait().value(), "0");
  EXPECT_TRUE(again.wait());
  EXPECT_EQ(committed(kBert, "m"), "2");
}

TEST_F(ChangerTest, a_change_that_runs_while_one_it_saw_fails_fails_too) {
  faults.arm(0, FaultMode::nothing_done);
  gated.close();
  auto const failing = change({kAnna}, putting(kAnna, "n", "1"));
  pool.run_all();
  gated.wait_for_write();
  auto const running = change<std::string>({kAnna}, [&](Changes& changes) -> Result<std::string> {
    TRY(auto before, changes.get(Table::mail, key(kAnna, "n")));
    gated.open();
    failing.completion().wait();
    changes.put(Table::mail, key(kAnna, "n"), "2");
    return before.value_or("none");
  });
  pool.run_all();
  EXPECT_FALSE(failing.take());
  EXPECT_EQ(running.wait().error().code, Errc::temporary);
  auto const after = change<std::optional<std::string>>({kAnna}, getting(kAnna, "n"));
  pool.run_all();
  EXPECT_EQ(after.wait().value(), std::nullopt);
}

TEST_F(ChangerTest, a_write_that_failed_but_was_done_is_seen_after_the_reload) {
  faults.arm(0, FaultMode::done_but_failed);
  auto const failing = change({kAnna}, putting(kAnna, "n", "1"));
  pool.run_all();
  EXPECT_FALSE(failing.wait());
  auto const after = change<std::optional<std::string>>({kAnna}, getting(kAnna, "n"));
  pool.run_all();
  EXPECT_EQ(after.wait().value(), "1");
}

TEST_F(ChangerTest, changes_of_an_account_run_in_the_order_of_the_calls) {
  Names ran;
  auto const noting = [&](std::string name) {
    return [&ran, name](Changes&) -> Result<> {
      ran.push_back(name);
      return {};
    };
  };
  change({kAnna}, noting("anna 1"));
  change({kBert, kAnna, kAnna}, noting("both"));
  change({kBert}, noting("bert 2"));
  change({kAnna}, noting("anna 2"));
  EXPECT_EQ(pool.waiting(), 1u) << "a busy account holds no thread";
  pool.run_all();
  ASSERT_EQ(ran.size(), 4u);
  EXPECT_EQ(ran[0], "anna 1");
  EXPECT_EQ(ran[1], "both") << "it was called before the others that share an account with it";
}

TEST_F(ChangerTest, callbacks_run_in_order_before_the_ticket_and_not_after_a_failure) {
  Names events;
  auto const noting = [&](std::string name) {
    return [&events, name](Changes& changes) -> Result<> {
      changes.put(Table::mail, key(kAnna, name), "1");
      changes.after_commit([&events, name] { events.push_back(name + " 1"); });
      changes.after_commit([&events, name] { events.push_back(name + " 2"); });
      return {};
    };
  };
  auto const first = change({kAnna}, noting("first"));
  first.completion().on_done([&] { events.push_back("first done"); });
  auto const second = change({kBert, kAnna}, noting("second"));
  pool.run_all();
  ASSERT_TRUE(first.wait());
  ASSERT_TRUE(second.wait());
  EXPECT_THAT(events, ElementsAre("first 1", "first 2", "first done", "second 1", "second 2"));
  events.clear();
  faults.arm(0, FaultMode::nothing_done);
  auto const failing = change({kAnna}, noting("failing"));
  pool.run_all();
  EXPECT_FALSE(failing.wait());
  EXPECT_THAT(events, ElementsAre());
}

TEST_F(ChangerTest, blind_rows_need_no_account_and_serialise_nothing) {
  auto const blind = [](Changes& changes) -> Result<> {
    changes.put_blind(Table::journal, "j", "1");
    changes.erase_blind(Table::queue, "q");
    return {};
  };
  auto const one = change({}, blind);
  auto const two = change({}, blind);
  EXPECT_EQ(pool.waiting(), 2u);
  pool.run_all();
  EXPECT_TRUE(one.wait());
  EXPECT_TRUE(two.wait());
  EXPECT_EQ(memory.get(Table::journal, "j").value(), "1");
}

TEST_F(ChangerTest, a_whole_account_can_be_erased_even_when_its_keys_end_in_ff) {
  auto const last = AccountId(0x00000000000000ff);
  auto const erasing = change({last}, [=](Changes& changes) -> Result<> {
    changes.put(Table::mail, key(last, "\xff"), "1");
    changes.erase_range(Table::mail, prefix_range(key(last, "\xff")));
    changes.erase_range(Table::mail, prefix_range(key(last, "")));
    return {};
  });
  pool.run_all();
  EXPECT_TRUE(erasing.wait());
  EXPECT_EQ(committed(last, "\xff"), std::nullopt);
}

using ChangesDeathTest = ChangerTest;

TEST_F(ChangesDeathTest, a_key_of_another_account_is_our_mistake) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        change({kAnna}, putting(kBert, "a", "1"));
        pool.run_all();
      },
      "binary_search");
}

// ---- with real threads

TEST(Changer, a_stalled_sync_holds_no_thread) {
  MemoryKeyValue memory;
  kit::GatedKeyValue gated(memory);
  Committer committer(gated, {});
  StoragePool pool(2);
  Changer changer(gated, committer, pool);
  gated.close();
  auto const stalled = changer.change<void>({kAnna}, Lane::delivery, putting(kAnna, "a", "1"));
  gated.wait_for_write();

  std::latch ran(100);
  std::vector<Ticket<void>> tickets;
  for (std::uint64_t i = 0; i < 100; ++i) {
    AccountId const account(100 + i);
    tickets.push_back(changer.change<void>({account}, Lane::delivery, [&ran, account](Changes& changes) -> Result<> {
      changes.put(Table::mail, key(account, "a"), "1");
      ran.count_down();
      return {};
    }));
  }
  ran.wait();
  Completer read;
  pool.post(Lane::reading, [&] {
    EXPECT_EQ(gated.get(Table::mail, key(kAnna, "a")).value(), std::nullopt);
    read.finish();
  });
  read.wait();
  EXPECT_FALSE(stalled.done());
  for (auto const& ticket : tickets) EXPECT_FALSE(ticket.done());

  gated.open();
  EXPECT_TRUE(stalled.wait());
  for (auto const& ticket : tickets) EXPECT_TRUE(ticket.wait());
  EXPECT_EQ(committer.counters().batches, 101u);
  EXPECT_LE(committer.counters().writes, 101u / 2) << "those that waited were merged";
}

// Transfers between random accounts from several threads: nothing is lost, nothing hangs, no change sees half of
// another.
TEST(Changer, random_changes_of_many_accounts_keep_the_sum_and_do_not_deadlock) {
  constexpr std::uint64_t kAccounts = 6;
  constexpr int kThreads = 4;
  constexpr int kTransfers = 300;
  MemoryKeyValue memory;
  Faults faults;
  FaultyKeyValue faulty(memory, faults, FaultyKeyValue::Failing::writes);
  Committer committer(faulty, {});
  auto const balance = [](auto const& changes, AccountId account) -> Result<std::int64_t> {
    TRY(auto value, changes.get(Table::mail, key(account, "balance")));
    return value ? std::stoll(*value) : 0;
  };
  std::atomic<int> succeeded = 0;
  {
    StoragePool pool(3);
    Changer changer(faulty, committer, pool);
    faults.arm(2, FaultMode::nothing_done, 3);
    auto const work = [&](unsigned seed) {
      std::mt19937 random(seed);
      for (int i = 0; i < kTransfers; ++i) {
        std::vector<AccountId> accounts(2 + random() % 3);
        for (auto& account : accounts) account = AccountId(random() % kAccounts + 1);
        auto const ticket =
            changer.change<void>(accounts, Lane::delivery, [&balance, accounts](Changes& changes) -> Result<> {
              // Each gives one to its neighbour.
              for (std::size_t a = 0; a + 1 < accounts.size(); ++a) {
                if (accounts[a] == accounts[a + 1]) continue;
                TRY(auto giver, balance(changes, accounts[a]));
                TRY(auto taker, balance(changes, accounts[a + 1]));
                changes.put(Table::mail, key(accounts[a], "balance"), std::to_string(giver - 1));
                changes.put(Table::mail, key(accounts[a + 1], "balance"), std::to_string(taker + 1));
              }
              TRY(auto count, changes.get(Table::mail, key(accounts[0], "count")));
              changes.put(Table::mail, key(accounts[0], "count"), std::to_string(std::stoll(count.value_or("0")) + 1));
              return {};
            });
        ticket.completion().on_done([ticket, &succeeded] { succeeded += ticket.take().has_value() ? 1 : 0; });
      }
    };
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (unsigned t = 0; t < kThreads; ++t) threads.emplace_back(work, t);
  }
  std::int64_t sum = 0;
  std::int64_t count = 0;
  for (std::uint64_t id = 1; id <= kAccounts; ++id) {
    sum += balance(memory, AccountId(id)).value();
    count += std::stoll(memory.get(Table::mail, key(AccountId(id), "count")).value().value_or("0"));
  }
  EXPECT_EQ(sum, 0);
  EXPECT_EQ(count, succeeded) << "every change that was acknowledged is there, and no other";
  EXPECT_GT(faults.failed(), 0u);
  EXPECT_LT(succeeded, kThreads * kTransfers);
}

}  // namespace
}  // namespace yubin::kv
