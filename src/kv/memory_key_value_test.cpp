#include "kv/memory_key_value.h"

#include "kv/faulty_key_value.h"
#include "kv/key_value_contract.h"

namespace yubin::kv {
namespace {

// "Restarting" memory is to lose what was not synced.
class Memory final : public KeyValueUnderTest {
 public:
  KeyValue& engine() override { return memory_; }
  void reopen() override { memory_.lose_unsynced(); }

 private:
  MemoryKeyValue memory_;
};

class FaultyMemory final : public KeyValueUnderTest {
 public:
  KeyValue& engine() override { return faulty_; }
  void reopen() override { memory_.lose_unsynced(); }

 private:
  MemoryKeyValue memory_;
  Faults faults_;
  FaultyKeyValue faulty_{memory_, faults_};
};

INSTANTIATE_TEST_SUITE_P(memory, KeyValueContract,
                         testing::Values(KeyValueFactory([] { return std::make_unique<Memory>(); })));
INSTANTIATE_TEST_SUITE_P(faulty_memory, KeyValueContract,
                         testing::Values(KeyValueFactory([] { return std::make_unique<FaultyMemory>(); })));

Result<std::vector<Result<>>> put(KeyValue& engine, std::string key, std::string value) {
  Batch batch;
  batch.put(Table::mail, std::move(key), std::move(value));
  Batch const* const pointer = &batch;
  return engine.write({&pointer, 1});
}

TEST(MemoryKeyValue, forgets_what_was_not_synced) {
  MemoryKeyValue memory;
  ASSERT_TRUE(put(memory, "a", "1"));
  memory.fail_sync(true);
  EXPECT_EQ(put(memory, "a", "2").error().code, Errc::temporary);
  EXPECT_EQ(put(memory, "b", "1").error().code, Errc::temporary);
  EXPECT_EQ(memory.get(Table::mail, "a").value(), "2");
  memory.lose_unsynced();
  EXPECT_EQ(memory.get(Table::mail, "a").value(), "1");
  EXPECT_EQ(memory.get(Table::mail, "b").value(), std::nullopt);
}

TEST(MemoryKeyValue, a_good_sync_makes_earlier_writes_durable_too) {
  MemoryKeyValue memory;
  memory.fail_sync(true);
  ASSERT_FALSE(put(memory, "a", "1"));
  memory.fail_sync(false);
  ASSERT_TRUE(put(memory, "b", "1"));
  memory.lose_unsynced();
  EXPECT_EQ(memory.get(Table::mail, "a").value(), "1");
}

TEST(FaultyKeyValue, fails_the_call_it_is_told_to) {
  MemoryKeyValue memory;
  Faults faults;
  FaultyKeyValue faulty(memory, faults);
  faults.arm(1, FaultMode::nothing_done, 2);
  EXPECT_TRUE(put(faulty, "a", "1"));
  EXPECT_EQ(faulty.get(Table::mail, "a").error().code, Errc::temporary);
  EXPECT_FALSE(put(faulty, "a", "2"));
  EXPECT_EQ(faulty.get(Table::mail, "a").value(), "1");
  EXPECT_EQ(faults.failed(), 2u);
}

TEST(FaultyKeyValue, counts_only_writes_when_told_so) {
  MemoryKeyValue memory;
  Faults faults;
  FaultyKeyValue faulty(memory, faults, FaultyKeyValue::Failing::writes);
  faults.arm(0, FaultMode::nothing_done);
  EXPECT_TRUE(faulty.get(Table::mail, "a"));
  EXPECT_TRUE(faulty.scan(Table::mail, {}, {}));
  EXPECT_FALSE(put(faulty, "a", "1"));
  EXPECT_TRUE(put(faulty, "b", "1"));
  EXPECT_EQ(memory.get(Table::mail, "a").value(), std::nullopt);
}

TEST(FaultyKeyValue, may_write_and_fail_all_the_same) {
  MemoryKeyValue memory;
  Faults faults;
  FaultyKeyValue faulty(memory, faults);
  faults.set_error({Errc::internal, "lost answer"});
  faults.arm(0, FaultMode::done_but_failed);
  EXPECT_EQ(put(faulty, "a", "1").error(), (Error{Errc::internal, "lost answer"}));
  EXPECT_EQ(memory.get(Table::mail, "a").value(), "1");
}

}  // namespace
}  // namespace yubin::kv
