#include "deliver/intake.h"

#include <gtest/gtest.h>

#include "tests/kit/memory_store.h"

namespace yubin::deliver {
namespace {

TEST(Intake, a_message_that_is_lost_is_not_collected) {
  kit::MemoryStore world;
  world.body_faults.arm(0, kv::FaultMode::nothing_done, kv::Faults::kForever);
  Intake intake(world.store, HeaderFilter());
  for (int i = 0; i < 3; ++i) {
    intake.add(std::string(Intake::kPiece, 'x'));
    EXPECT_TRUE(intake.wants_work());
    EXPECT_FALSE(intake.work());
    EXPECT_FALSE(intake.wants_work());
  }
  EXPECT_FALSE(intake.finish());
}

}  // namespace
}  // namespace yubin::deliver
