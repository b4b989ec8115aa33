#include "kv/committer.h"

#include <gmock/gmock.h>

#include "base/completion.h"
#include "kv/faulty_key_value.h"
#include "kv/memory_key_value.h"
#include "tests/kit/gated_key_value.h"

namespace yubin::kv {
namespace {

Batch one_row(std::string key, std::string value = "1") {
  Batch batch;
  batch.put(Table::mail, std::move(key), std::move(value));
  return batch;
}

// Notes results in the order in which they come; waits for a number of them.
class Results {
 public:
  Committer::Done next() {
    return [this](Result<> result) {
      std::lock_guard lock(mutex_);
      results_.push_back(std::move(result));
      changed_.notify_all();
    };
  }
  std::vector<Result<>> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return results_.size() >= count; });
    return results_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Result<>> results_;
};

TEST(Committer, a_lone_batch_is_written_by_one_write) {
  MemoryKeyValue memory;
  Committer committer(memory, {});
  Results results;
  committer.submit(one_row("a"), results.next());
  EXPECT_TRUE(results.wait_for(1)[0]);
  EXPECT_EQ(memory.get(Table::mail, "a").value(), "1");
  EXPECT_EQ(committer.counters().batches, 1u);
  EXPECT_EQ(committer.counters().writes, 1u);
}

TEST(Committer, batches_that_wait_are_written_as_one_in_their_order) {
  MemoryKeyValue memory;
  kit::GatedKeyValue gated(memory);
  Committer committer(gated, {});
  Results results;
  gated.close();
  committer.submit(one_row("first"), results.next());
  gated.wait_for_write();
  for (int i = 0; i < 50; ++i) committer.submit(one_row("a", std::to_string(i)), results.next());
  gated.open();
  for (auto const& result : results.wait_for(51)) EXPECT_TRUE(result);
  EXPECT_EQ(memory.get(Table::mail, "a").value(), "49");
  EXPECT_EQ(committer.counters().batches, 51u);
  EXPECT_EQ(committer.counters().writes, 2u);
}

TEST(Committer, a_group_ends_at_its_limits) {
  MemoryKeyValue memory;
  kit::GatedKeyValue gated(memory);
  Committer committer(gated, {.max_group_bytes = 1000, .max_group_batches = 3});
  Results results;
  gated.close();
  committer.submit(one_row("first"), results.next());
  gated.wait_for_write();
  for (int i = 0; i < 6; ++i) committer.submit(one_row("a"), results.next());
  for (int i = 0; i < 2; ++i) committer.submit(one_row("b", std::string(1000, 'x')), results.next());
  gated.open();
  results.wait_for(9);
  EXPECT_EQ(committer.counters().writes, 1u + 2u + 2u);
}

TEST(Committer, a_failed_write_fails_all_of_its_group_and_not_the_next) {
  MemoryKeyValue memory;
  Faults faults;
  FaultyKeyValue faulty(memory, faults);
  kit::GatedKeyValue gated(faulty);
  Committer committer(gated, {});
  Results results;
  gated.close();
  committer.submit(one_row("first"), results.next());
  gated.wait_for_write();
  committer.submit(one_row("a"), results.next());
  committer.submit(Batch(), results.next());
  faults.arm(1, FaultMode::nothing_done);
  gated.open();
  auto const outcome = results.wait_for(3);
  EXPECT_TRUE(outcome[0]);
  EXPECT_EQ(outcome[1].error().code, Errc::temporary);
  EXPECT_EQ(outcome[2].error().code, Errc::temporary) << "an empty batch may rest on the one before it";
  committer.submit(one_row("b"), results.next());
  EXPECT_TRUE(results.wait_for(4)[3]);
}

TEST(Committer, a_batch_that_is_not_admitted_is_not_written) {
  MemoryKeyValue memory;
  Committer committer(memory, {});
  Results results;
  committer.submit(one_row("a"), results.next(), [] { return Result<>(fail(Errc::conflict, "too late")); });
  committer.submit(one_row("b"), results.next(), [] { return Result<>(); });
  auto const outcome = results.wait_for(2);
  EXPECT_EQ(outcome[0].error().code, Errc::conflict);
  EXPECT_TRUE(outcome[1]);
  EXPECT_EQ(memory.get(Table::mail, "a").value(), std::nullopt);
  EXPECT_EQ(memory.get(Table::mail, "b").value(), "1");
}

TEST(Committer, each_batch_has_its_own_result) {
  MemoryKeyValue memory;
  Committer committer(memory, {});
  Results results;
  Batch refused = one_row("a");
  refused.require(Table::mail, "none", "1");
  committer.submit(std::move(refused), results.next());
  committer.submit(one_row("b"), results.next());
  auto const outcome = results.wait_for(2);
  EXPECT_EQ(outcome[0].error().code, Errc::conflict);
  EXPECT_TRUE(outcome[1]);
}

TEST(Committer, empty_batches_cost_no_write) {
  MemoryKeyValue memory;
  Committer committer(memory, {});
  Results results;
  committer.submit(Batch(), results.next());
  EXPECT_TRUE(results.wait_for(1)[0]);
  EXPECT_EQ(committer.counters().batches, 1u);
  EXPECT_EQ(committer.counters().writes, 0u);
}

TEST(Committer, commits_what_was_submitted_before_it_ends) {
  MemoryKeyValue memory;
  Results results;
  {
    Committer committer(memory, {});
    for (int i = 0; i < 100; ++i) committer.submit(one_row("a", std::to_string(i)), results.next());
  }
  EXPECT_EQ(results.wait_for(100).size(), 100u);
  EXPECT_EQ(memory.get(Table::mail, "a").value(), "99");
}

}  // namespace
}  // namespace yubin::kv
