#include "kv/segment_bodies.h"

#include <gmock/gmock.h>

#include "kv/bodies_contract.h"
#include "kv/faulty_bodies.h"
#include "kv/test_segments.h"
#include "tests/kit/temp_directory.h"

namespace yubin::kv {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct SegmentsTest : testing::Test, Segments {};

// ---- the contract

class OnFiles : public BodiesUnderTest {
 public:
  Bodies& bodies() override { return *bodies_; }
  KeyValue& rows() override { return rows_; }
  void reopen() override {
    bodies_.reset();
    bodies_ = open();
  }

 private:
  std::unique_ptr<SegmentBodies> open() {
    return SegmentBodies::open(directory_ / "bodies", rows_, ids_, {.segment_bytes = 1'000'000}).value();
  }

  kit::TempDirectory directory_;
  MemoryKeyValue rows_;
  SystemClock clock_;
  UniqueIds ids_{clock_, 1, 0};
  std::unique_ptr<SegmentBodies> bodies_ = open();
};

class FaultyOnFiles final : public OnFiles {
 public:
  Bodies& bodies() override { return *faulty_; }
  void reopen() override {
    OnFiles::reopen();
    faulty_ = std::make_unique<FaultyBodies>(OnFiles::bodies(), faults_);
  }

 private:
  Faults faults_;
  std::unique_ptr<FaultyBodies> faulty_ = std::make_unique<FaultyBodies>(OnFiles::bodies(), faults_);
};

// "Restarting" loses what was not synced.
class InMemory final : public BodiesUnderTest {
 public:
  InMemory() { open(); }
  Bodies& bodies() override { return *bodies_; }
  KeyValue& rows() override { return rows_; }
  void reopen() override {
    bodies_.reset();
    files_.lose_unsynced();
    open();
  }

 private:
  void open() { bodies_ = SegmentBodies::open("d", rows_, ids_, {.files = &files_}).value(); }

  MemoryFileSystem files_;
  MemoryKeyValue rows_;
  SystemClock clock_;
  UniqueIds ids_{clock_, 1, 0};
  std::unique_ptr<SegmentBodies> bodies_;
};

INSTANTIATE_TEST_SUITE_P(segments, BodiesContract,
                         testing::Values(BodiesFactory([] { return std::make_unique<OnFiles>(); })));
INSTANTIATE_TEST_SUITE_P(faulty_segments, BodiesContract,
                         testing::Values(BodiesFactory([] { return std::make_unique<FaultyOnFiles>(); })));
INSTANTIATE_TEST_SUITE_P(segments_in_memory, BodiesContract,
                         testing::Values(BodiesFactory([] { return std::make_unique<InMemory>(); })));

// ---- where bodies go

TEST_F(SegmentsTest, a_tiny_body_is_sealed_at_once_into_its_row) {
  open();
  auto writer = bodies->begin().value();
  ASSERT_TRUE(writer->append(some_bytes(8192)));
  auto const ticket = writer->seal();
  ASSERT_TRUE(ticket.done());
  auto const body = ticket.take().value();
  EXPECT_EQ(parse_place(body.place).value(), Place(InlineBody{some_bytes(8192)}));
  EXPECT_THAT(memory.list("d").value(), IsEmpty());
}

TEST_F(SegmentsTest, those_in_their_rows_are_read_together) {
  open();
  BodyId const ids[] = {store(some_bytes(8192)).id, store(some_bytes(8193)).id, store("").id};
  auto const small = bodies->read_small(ids).value();
  EXPECT_THAT(small, ElementsAre(std::optional(some_bytes(8192)), std::nullopt, std::optional<std::string>("")));
}

TEST_F(SegmentsTest, small_and_large_bodies_go_to_segments_of_their_own) {
  open();
  auto const small = store(some_bytes(kSmall));
  auto const large = store(some_bytes(kLarge));
  auto const small_again = store(some_bytes(kSmall));
  auto const large_again = store(some_bytes(kLarge));
  EXPECT_EQ(place_of(small), (SegmentPlace{1, kSegmentHeader, kSmall}));
  EXPECT_EQ(place_of(small_again), (SegmentPlace{1, kSegmentHeader + record_size(kSmall), kSmall}));
  EXPECT_EQ(place_of(large), (SegmentPlace{2, kSegmentHeader, kLarge}));
  EXPECT_EQ(place_of(large_again), (SegmentPlace{2, kSegmentHeader + record_size(kLarge), kLarge}));
  auto const counters = bodies->counters();
  EXPECT_EQ(counters.appended.small_bodies, 2u);
  EXPECT_EQ(counters.appended.large_bodies, 2u);
  EXPECT_EQ(counters.appended.syncs, 4u);
  EXPECT_EQ(counters.live_bytes, 2 * record_size(kSmall) + 2 * record_size(kLarge));
}

TEST_F(SegmentsTest, a_full_segment_is_not_appended_to) {
  open({.segment_bytes = 15'000});
  auto const first = store(some_bytes(kSmall));
  auto const second = store(some_bytes(kSmall));
  auto const third = store(some_bytes(kSmall));
  EXPECT_EQ(place_of(first).segment, 1u);
  EXPECT_EQ(place_of(second).segment, 1u);
  EXPECT_EQ(place_of(third).segment, 2u);
}

TEST_F(SegmentsTest, a_segment_of_an_earlier_run_is_not_appended_to) {
  open();
  auto const first = store(some_bytes(kSmall));
  auto const before = segment(1);
  open();
  auto const second = store(some_bytes(kSmall));
  EXPECT_EQ(place_of(second).segment, 2u);
  EXPECT_EQ(segment(1), before);
  EXPECT_TRUE(holds(first, some_bytes(kSmall)));
}

TEST_F(SegmentsTest, an_abandoned_large_body_gives_its_segment_back) {
  open();
  {
    auto writer = bodies->begin().value();
    ASSERT_TRUE(writer->append(some_bytes(kLarge)));
  }
  bodies.reset();
  EXPECT_EQ(segment(1).size(), kSegmentHeader);
}

TEST_F(SegmentsTest, only_so_many_bodies_are_on_their_way_at_once) {
  open({.max_open_bodies = 2});
  auto first = bodies->begin().value();
  auto second = bodies->begin().value();
  EXPECT_EQ(bodies->begin().error().code, Errc::temporary);
  second.reset();
  EXPECT_TRUE(bodies->begin());
}

TEST_F(SegmentsTest, few_files_are_kept_open_and_all_are_read) {
  open({.segment_bytes = 1, .max_open_files = 2});
  std::vector<BodyRef> stored;
  stored.reserve(5);
  for (unsigned i = 0; i < 5; ++i) stored.push_back(store(some_bytes(kSmall, i)));
  for (int round = 0; round < 2; ++round) {
    for (unsigned i = 0; i < 5; ++i) EXPECT_TRUE(holds(stored[i], some_bytes(kSmall, i)));
  }
}

}  // namespace
}  // namespace yubin::kv
