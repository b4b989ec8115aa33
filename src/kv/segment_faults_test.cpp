// Segments on a file system that fails, or is full.
#include "kv/bodies_contract.h"
#include "kv/test_segments.h"

namespace yubin::kv {
namespace {

constexpr std::size_t kInline = 1'000;

struct SegmentFaultsTest : testing::Test, Segments {};

struct Attempt {
  BodyRef ref;
  std::string bytes;
};

// Stores bodies of all kinds until each was tried; those whose ticket was good are placed and noted.
std::vector<Attempt> try_all(Segments& test) {
  std::vector<Attempt> good;
  unsigned seed = 0;
  for (std::size_t size : {kSmall, kLarge, kInline, kSmall, kLarge}) {
    auto const bytes = some_bytes(size, ++seed);
    auto const body = test.seal(bytes);
    if (!body) continue;
    test.place(*body);
    good.push_back({body->ref, bytes});
  }
  return good;
}

using FaultsTest = testing::TestWithParam<FaultMode>;

INSTANTIATE_TEST_SUITE_P(modes, FaultsTest,
                         testing::Values(FaultMode::nothing_done, FaultMode::done_but_failed, FaultMode::half_done));

// Fails call number `step`. False: the bodies needed fewer calls.
bool survives(std::uint64_t step, FaultMode mode) {
  Segments test;
  test.open({.segment_bytes = 500'000});
  auto const before = test.store(some_bytes(kSmall, 99));
  test.faults.arm(step, mode);
  auto good = try_all(test);
  bool const failed = test.faults.failed() > 0;
  EXPECT_GE(good.size(), failed ? 4u : 5u) << "one call fails one body at most";

  // The engine goes on without a restart.
  test.faults.disarm();
  for (auto& attempt : try_all(test)) good.push_back(std::move(attempt));
  EXPECT_GE(good.size(), 9u);
  for (auto const& attempt : good) EXPECT_TRUE(test.holds(attempt.ref, attempt.bytes));

  test.bodies.reset();
  test.memory.lose_unsynced();
  test.open();
  EXPECT_TRUE(test.holds(before, some_bytes(kSmall, 99)));
  for (auto const& attempt : good) EXPECT_TRUE(test.holds(attempt.ref, attempt.bytes));
  test.bodies->counted().wait();
  EXPECT_EQ(test.bodies->counters().live_bytes, test.placed_bytes()) << "what was refused takes no part";
  return failed;
}

TEST_P(FaultsTest, whatever_call_fails_good_tickets_survive_a_loss_of_power) {
  std::uint64_t step = 0;
  while (survives(step, GetParam())) {
    if (HasFailure()) FAIL() << "at step " << step;
    ++step;
  }
  EXPECT_GE(step, 12u) << "made, written and synced segments, and synced the directory, several times";
}

TEST_F(SegmentFaultsTest, after_a_full_disk_it_goes_on_without_a_restart) {
  open();
  auto const before = store(some_bytes(kSmall, 1));
  faults.set_error({Errc::temporary, "No space left on device"});
  faults.arm(0, FaultMode::half_done, Faults::kForever);
  EXPECT_EQ(seal(some_bytes(kSmall)).error(), (Error{Errc::temporary, "No space left on device"}));
  EXPECT_FALSE(seal(some_bytes(kLarge)));
  EXPECT_TRUE(seal(some_bytes(kInline))) << "it needs no file";
  EXPECT_FALSE(seal(some_bytes(kSmall)));
  faults.disarm();
  EXPECT_TRUE(holds(before, some_bytes(kSmall, 1)));
  auto const small = store(some_bytes(kSmall, 2));
  auto const large = store(some_bytes(kLarge, 3));
  EXPECT_TRUE(holds(small, some_bytes(kSmall, 2)));
  EXPECT_TRUE(holds(large, some_bytes(kLarge, 3)));
}

TEST_F(SegmentFaultsTest, a_failed_append_makes_the_whole_body_fail) {
  open();
  auto writer = bodies->begin().value();
  faults.arm(0, FaultMode::nothing_done);
  EXPECT_FALSE(writer->append(some_bytes(kLarge)));
  EXPECT_FALSE(writer->append("more"));
  EXPECT_FALSE(writer->seal().wait());
}

TEST_F(SegmentFaultsTest, without_room_no_body_is_begun_until_there_is_room_again) {
  open({.low_space = 1'000'000, .low_space_percent = 10});
  memory.set_space({.available = 999'999, .total = 100'000'000});
  EXPECT_EQ(bodies->begin().error().code, Errc::limit);
  memory.set_space({.available = 1'000'000, .total = 100'000'000});
  EXPECT_TRUE(bodies->begin());
  memory.set_space({.available = 999'999, .total = 9'999'990});
  EXPECT_TRUE(bodies->begin()) << "a small disk keeps a part of it free, not all";
  memory.set_space({.available = 999'989, .total = 9'999'990});
  EXPECT_EQ(bodies->begin().error().code, Errc::limit);
}

TEST_F(SegmentFaultsTest, the_start_says_what_failed) {
  for (std::uint64_t step = 0; step < 2; ++step) {
    faults.arm(step, FaultMode::nothing_done);
    EXPECT_EQ(SegmentBodies::open("d", rows, ids, {.files = &files}).error(), faults.error());
  }
}

}  // namespace
}  // namespace yubin::kv
