#include "kv/memory_bodies.h"

#include "kv/bodies_contract.h"
#include "kv/faulty_bodies.h"
#include "kv/memory_key_value.h"

namespace yubin::kv {
namespace {

class Memory : public BodiesUnderTest {
 public:
  Bodies& bodies() override { return bodies_; }
  KeyValue& rows() override { return rows_; }
  void reopen() override {}

 protected:
  MemoryKeyValue rows_;
  MemoryBodies bodies_;
};

class FaultyMemory final : public Memory {
 public:
  Bodies& bodies() override { return faulty_; }

 private:
  Faults faults_;
  FaultyBodies faulty_{bodies_, faults_};
};

INSTANTIATE_TEST_SUITE_P(memory, BodiesContract,
                         testing::Values(BodiesFactory([] { return std::make_unique<Memory>(); })));
INSTANTIATE_TEST_SUITE_P(faulty_memory, BodiesContract,
                         testing::Values(BodiesFactory([] { return std::make_unique<FaultyMemory>(); })));

TEST(FaultyBodies, fails_each_call_of_a_body_in_turn) {
  for (std::uint64_t step = 0; step < 4; ++step) {
    MemoryBodies memory;
    Faults faults;
    FaultyBodies faulty(memory, faults);
    faults.arm(step, FaultMode::nothing_done);
    auto const store = [&]() -> Result<BodyRef> {
      TRY(auto writer, faulty.begin());
      TRY_VOID(writer->append("body"));
      TRY(auto sealed, writer->seal().wait());
      return sealed.ref;
    };
    EXPECT_EQ(store().has_value(), step == 3);
    EXPECT_EQ(memory.count(), step == 3 ? 1u : 0u);
  }
}

TEST(FaultyBodies, may_seal_and_fail_all_the_same) {
  MemoryBodies memory;
  Faults faults;
  FaultyBodies faulty(memory, faults);
  auto writer = faulty.begin().value();
  faults.arm(0, FaultMode::done_but_failed);
  EXPECT_FALSE(writer->seal().wait());
  EXPECT_EQ(memory.count(), 1u);
}

}  // namespace
}  // namespace yubin::kv
