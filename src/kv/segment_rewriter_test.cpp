#include "kv/segment_rewriter.h"

#include <gmock/gmock.h>

#include "kv/bodies_contract.h"
#include "kv/faulty_key_value.h"
#include "kv/test_segments.h"

namespace yubin::kv {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::Not;

// Calls back before a write.
class WatchedKeyValue final : public KeyValue {
 public:
  explicit WatchedKeyValue(KeyValue& inner) : inner_(inner) {}
  Result<std::optional<std::string>> get(Table table, std::string_view key) const override {
    return inner_.get(table, key);
  }
  Result<std::vector<std::optional<std::string>>> multi_get(Table table,
                                                            std::span<std::string const> keys) const override {
    return inner_.multi_get(table, keys);
  }
  Result<Page> scan(Table table, Range const& range, Limit limit) const override {
    return inner_.scan(table, range, limit);
  }
  Result<std::vector<Result<>>> write(std::span<Batch const* const> batches) override {
    if (before_write) before_write();
    return inner_.write(batches);
  }

  std::function<void()> before_write;

 private:
  KeyValue& inner_;
};

// Two segments of an earlier run full of bodies, most of which are dropped.
struct Rewriting : Segments {
  static constexpr unsigned kBodies = 12;
  static constexpr std::size_t kSize = 3'000;
  static constexpr std::size_t kLarge = 150'000;

  Rewriting() {
    open(kOptions);
    for (unsigned i = 0; i < kBodies; ++i) all.push_back(store(some_bytes(kSize, i)));
    large = store(some_bytes(kLarge, 100));
    for (unsigned i = 101; i < 104; ++i) drop(store(some_bytes(kLarge, i)));
    for (unsigned i = 0; i < kBodies; ++i) {
      if (!kept(i)) drop(all[i]);
    }
    memory.sync_directory("d").value();
    reopen();
  }

  static constexpr SegmentBodies::Options kOptions{.inline_body = 1'000, .segment_bytes = 400'000};

  static bool kept(unsigned i) { return i % 4 == 1; }
  void reopen(SegmentBodies::Options const& options = kOptions) {
    open(options);
    bodies->counted().wait();
  }
  Result<> turn() {
    now += std::chrono::hours(1);
    return bodies->rewrite(committer, now);
  }
  void rewrite_all() {
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(turn());
  }
  void expect_all() {
    for (unsigned i = 0; i < kBodies; ++i) {
      EXPECT_EQ(holds(all[i], some_bytes(kSize, i)), kept(i)) << i;
    }
    EXPECT_TRUE(holds(large, some_bytes(kLarge, 100)));
  }
  bool exists(std::uint64_t number) {
    auto const names = memory.list("d").value();
    return std::ranges::find(names, segment_name(number)) != names.end();
  }

  std::vector<BodyRef> all;
  BodyRef large;
  SteadyTime now{};
  FaultyKeyValue faulty{rows, faults, FaultyKeyValue::Failing::writes};
  WatchedKeyValue watched{faulty};
  Committer committer{watched, {}};
};

struct RewriterTest : testing::Test, Rewriting {};

TEST_F(RewriterTest, what_is_alive_moves_and_the_rest_goes) {
  std::uint64_t const small_segment = place_of(all[1]).segment;
  std::uint64_t const large_segment = place_of(large).segment;
  rewrite_all();
  EXPECT_FALSE(exists(small_segment));
  EXPECT_FALSE(exists(large_segment));
  expect_all();
  auto const counters = bodies->counters();
  EXPECT_EQ(counters.removed_segments, 2u);  // one held dead bodies only
  EXPECT_EQ(counters.rewritten.bodies, 4u);
  EXPECT_EQ(counters.rewritten.bytes, 3 * record_size(kSize) + record_size(kLarge));
  EXPECT_EQ(counters.live_bytes, placed_bytes());
  reopen();
  expect_all();
  EXPECT_EQ(bodies->counters().live_bytes, placed_bytes());
}

TEST_F(RewriterTest, what_is_moved_can_be_dropped) {
  rewrite_all();
  for (unsigned i = 0; i < kBodies; ++i) {
    if (kept(i)) drop(all[i]);
  }
  drop(large);
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_EQ(bodies->counters().live_bytes, 0u);
}

TEST_F(RewriterTest, segments_that_are_half_alive_are_left_alone) {
  rewrite_all();
  auto const before = memory.list("d").value();
  rewrite_all();
  EXPECT_EQ(memory.list("d").value(), before);
}

TEST_F(RewriterTest, only_so_many_bytes_a_second_are_copied) {
  auto options = kOptions;
  options.rewrite_bytes_per_second = 6'000;
  reopen(options);
  ASSERT_TRUE(bodies->rewrite(committer, now));
  auto const moved = [&] { return bodies->counters().rewritten.bytes; };
  std::uint64_t const first = moved();
  EXPECT_GT(first, 0u);
  EXPECT_LE(first, std::max<std::uint64_t>(6'000, record_size(kLarge)));
  auto const paid = std::chrono::duration<double>(static_cast<double>(first) / 6'000.0);
  ASSERT_TRUE(bodies->rewrite(committer, now + std::chrono::duration_cast<milliseconds>(paid) - milliseconds(2)));
  EXPECT_EQ(moved(), first);
  for (int i = 0; i < 20; ++i) {
    now += std::chrono::duration_cast<milliseconds>(paid) + milliseconds(2);
    ASSERT_TRUE(bodies->rewrite(committer, now));
  }
  EXPECT_GT(moved(), first);
}

TEST_F(RewriterTest, nothing_is_rewritten_under_a_backup) {
  {
    auto const hold = bodies->hold();
    rewrite_all();
    EXPECT_EQ(bodies->counters().rewritten.bodies, 0u);
  }
  rewrite_all();
  EXPECT_EQ(bodies->counters().rewritten.bodies, 4u);
}

TEST_F(RewriterTest, a_damaged_body_keeps_its_segment_and_nothing_else_suffers) {
  auto const place = place_of(all[5]);
  segment(place.segment)[place.offset + kRecordHeader + 7] ^= 1;
  reopen();
  rewrite_all();
  EXPECT_TRUE(exists(place.segment));
  EXPECT_EQ(bodies->counters().rewritten.damaged, 1u);
  EXPECT_EQ(bodies->read(all[5].id, 0, 10).error().code, Errc::corrupt);
  EXPECT_TRUE(holds(all[1], some_bytes(kSize, 1)));
  EXPECT_TRUE(holds(all[9], some_bytes(kSize, 9)));
  EXPECT_TRUE(holds(large, some_bytes(kLarge, 100)));
}

TEST_F(RewriterTest, a_damaged_header_keeps_the_segment_with_what_stands_after_it) {
  auto const place = place_of(all[5]);
  segment(place.segment)[place.offset + 9] ^= 1;
  reopen();
  rewrite_all();
  EXPECT_TRUE(exists(place.segment));
  EXPECT_EQ(bodies->counters().rewritten.damaged, 1u);
  EXPECT_TRUE(holds(all[9], some_bytes(kSize, 9)));
}

// Between the copying and the batch a body is dropped.
TEST_F(RewriterTest, a_body_dropped_while_it_is_copied_is_not_brought_back) {
  bool dropped = false;
  watched.before_write = [&] {
    if (!std::exchange(dropped, true)) drop(all[5]);
  };
  rewrite_all();
  EXPECT_EQ(rows.get(Table::body, all[5].id.bytes()).value(), std::nullopt);
  EXPECT_TRUE(holds(all[1], some_bytes(kSize, 1)));
  EXPECT_TRUE(holds(all[9], some_bytes(kSize, 9)));
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_EQ(bodies->counters().live_bytes, placed_bytes());
}

// A reader has read the row, then the body is moved and the segment removed, then it opens the file.
TEST_F(RewriterTest, a_reader_that_comes_late_finds_the_new_place) {
  class MovedMeanwhile final : public KeyValue {
   public:
    explicit MovedMeanwhile(KeyValue& inner) : inner_(inner) {}
    Result<std::optional<std::string>> get(Table table, std::string_view key) const override {
      auto row = inner_.get(table, key);
      if (after_get) std::exchange(after_get, nullptr)();
      return row;
    }
    Result<std::vector<std::optional<std::string>>> multi_get(Table table,
                                                              std::span<std::string const> keys) const override {
      return inner_.multi_get(table, keys);
    }
    Result<Page> scan(Table table, Range const& range, Limit limit) const override {
      return inner_.scan(table, range, limit);
    }
    Result<std::vector<Result<>>> write(std::span<Batch const* const> batches) override {
      return inner_.write(batches);
    }
    mutable std::function<void()> after_get;

   private:
    KeyValue& inner_;
  };
  MovedMeanwhile moving(rows);
  bodies = SegmentBodies::open("d", moving, ids, {.segment_bytes = 400'000, .files = &files}).value();
  bodies->counted().wait();
  std::uint64_t const old = place_of(all[1]).segment;
  moving.after_get = [&] { rewrite_all(); };
  EXPECT_TRUE(holds(all[1], some_bytes(kSize, 1)));
  EXPECT_FALSE(exists(old));
  moving.after_get = [&] {
    drop(all[1]);
    ASSERT_TRUE(bodies->reclaim());
  };
  bodies->read(all[1].id, 0, 1);
  EXPECT_EQ(bodies->read(all[1].id, 0, 1).error().code, Errc::not_found);
  bodies.reset();
}

// ---- faults

struct RewriterFaults : testing::TestWithParam<FaultMode> {};

INSTANTIATE_TEST_SUITE_P(modes, RewriterFaults,
                         testing::Values(FaultMode::nothing_done, FaultMode::done_but_failed, FaultMode::half_done));

// Call number `step` fails, and `count` - 1 after it. False: there were fewer calls.
bool survives(std::uint64_t step, std::uint64_t count, FaultMode mode) {
  Rewriting test;
  test.faults.arm(step, mode, count);
  for (int i = 0; i < 5; ++i) (void)test.turn();  // what it answers does not matter here
  bool const failed = test.faults.failed() > 0;
  if (count == 1) {
    test.faults.disarm();
    test.rewrite_all();
    test.expect_all();
    EXPECT_EQ(test.bodies->counters().live_bytes, test.placed_bytes());
    EXPECT_EQ(test.bodies->counters().rewritten.damaged, 0u);
  }
  test.bodies.reset();
  test.faults.disarm();
  test.memory.lose_unsynced();
  test.reopen();
  test.expect_all();
  test.rewrite_all();
  test.expect_all();
  EXPECT_EQ(test.bodies->counters().live_bytes, test.placed_bytes());
  return failed;
}

TEST_P(RewriterFaults, whatever_call_fails_every_body_stays_and_the_work_is_done_in_the_end) {
  std::uint64_t step = 0;
  while (survives(step, 1, GetParam())) {
    if (HasFailure()) FAIL() << "at step " << step;
    ++step;
  }
  EXPECT_GE(step, 20u);
}

TEST_P(RewriterFaults, wherever_the_power_fails_every_body_stays) {
  std::uint64_t step = 0;
  while (survives(step, Faults::kForever, GetParam())) {
    if (HasFailure()) FAIL() << "at step " << step;
    ++step;
  }
  EXPECT_GE(step, 20u);
}

}  // namespace
}  // namespace yubin::kv
