#include "kv/memory_plan.h"

#include <gtest/gtest.h>

namespace yubin::kv {
namespace {

TEST(MemoryPlan, the_parts_stay_within_half_of_the_whole) {
  constexpr std::uint64_t kMega = 1 << 20;
  for (std::uint64_t megabytes : {64u, 100u, 256u, 512u, 1'024u, 8'192u, 65'536u}) {
    auto const plan = plan_memory(megabytes * kMega);
    std::uint64_t const spools = std::uint64_t{plan.spool_memory} * plan.max_open_bodies;
    EXPECT_LE(plan.block_cache + plan.write_buffers + spools, megabytes * kMega / 2) << megabytes;
    EXPECT_GE(plan.max_open_bodies, 128u) << megabytes;
    EXPECT_GE(plan.spool_memory, kPiece) << megabytes;
    EXPECT_GE(plan.write_buffers, 4 * kMega) << megabytes;
  }
  EXPECT_EQ(plan_memory(0).block_cache, plan_memory(kMinMemory).block_cache);
}

}  // namespace
}  // namespace yubin::kv
