// When segments are removed, and how much of them is live.
#include <gmock/gmock.h>

#include <map>

#include "kv/bodies_contract.h"
#include "kv/test_segments.h"

namespace yubin::kv {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct SegmentSpaceTest : testing::Test, Segments {};

TEST_F(SegmentSpaceTest, a_segment_whose_bodies_are_all_dropped_is_removed) {
  open({.segment_bytes = 15'000});
  auto const first = store(some_bytes(kSmall, 1));
  auto const second = store(some_bytes(kSmall, 2));
  auto const third = store(some_bytes(kSmall, 3));
  drop(first);
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_THAT(memory.list("d").value(), UnorderedElementsAre(segment_name(1), segment_name(2)));
  ASSERT_TRUE(bodies->drop(second.id));
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_TRUE(holds(second, some_bytes(kSmall, 2))) << "its row is still there";
  drop(second);
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_THAT(memory.list("d").value(), UnorderedElementsAre(segment_name(2)));
  drop(third);
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_THAT(memory.list("d").value(), UnorderedElementsAre(segment_name(2))) << "it is still appended to";
  EXPECT_EQ(bodies->counters().removed_segments, 1u);
  EXPECT_EQ(bodies->counters().live_bytes, 0u);
}

TEST_F(SegmentSpaceTest, while_a_backup_holds_them_no_segment_is_removed) {
  open({.segment_bytes = 1});
  auto const body = store(some_bytes(kLarge));
  std::uint64_t const number = place_of(body).segment;
  store(some_bytes(kLarge, 2));  // the first one's segment is closed now
  {
    auto const hold = bodies->hold();
    auto const another = bodies->hold();
    drop(body);
    ASSERT_TRUE(bodies->reclaim());
    EXPECT_FALSE(segment(number).empty());
  }
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_EQ(bodies->counters().removed_segments, 1u);
}

TEST_F(SegmentSpaceTest, segments_are_listed_and_those_of_an_earlier_run_are_closed) {
  open({.segment_bytes = 1});
  std::uint64_t const first = place_of(store(some_bytes(kLarge))).segment;
  open();
  std::uint64_t const second = place_of(store(some_bytes(kSmall))).segment;
  std::map<std::uint64_t, bool> listed;
  for (SegmentBodies::Segment const& one : bodies->segments()) listed[one.number] = one.closed;
  EXPECT_TRUE(listed.at(first));
  EXPECT_FALSE(listed.at(second));
}

TEST_F(SegmentSpaceTest, bodies_that_are_only_read_stay_where_they_are) {
  open({.segment_bytes = 1});
  auto const kept = store(some_bytes(kLarge));
  auto const dropped = store(some_bytes(kLarge, 1));
  std::uint64_t const number = place_of(dropped).segment;
  drop(dropped);
  SegmentBodies::Options options;
  options.read_only = true;
  open(options);
  bodies->counted().wait();
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_FALSE(segment(number).empty());
  EXPECT_TRUE(bodies->read(kept.id, 0, 10));
  EXPECT_EQ(bodies->begin().error().code, Errc::denied);
}

TEST_F(SegmentSpaceTest, bodies_that_were_never_placed_are_gone_after_a_restart) {
  open({.segment_bytes = 1});
  auto const placed = store(some_bytes(kSmall, 1));
  ASSERT_TRUE(seal(some_bytes(kSmall, 2)));
  ASSERT_TRUE(seal(some_bytes(kLarge, 3)));
  open();
  bodies->counted().wait();
  EXPECT_THAT(memory.list("d").value(), UnorderedElementsAre(segment_name(1)));
  EXPECT_EQ(bodies->counters().live_bytes, record_size(kSmall));
  EXPECT_TRUE(holds(placed, some_bytes(kSmall, 1)));
  drop(placed);
  ASSERT_TRUE(bodies->reclaim());
  EXPECT_THAT(memory.list("d").value(), IsEmpty());
}

TEST_F(SegmentSpaceTest, segments_that_no_row_knows_of_are_left_when_no_row_knows_any) {
  open({.segment_bytes = 1});
  store(some_bytes(kSmall, 1));
  MemoryKeyValue others;
  bodies = SegmentBodies::open("d", others, ids, {.files = &files}).value();
  bodies->counted().wait();
  EXPECT_THAT(memory.list("d").value(), UnorderedElementsAre(segment_name(1)));
}

TEST_F(SegmentSpaceTest, drops_remove_segments_now_and_then_by_themselves) {
  open({.inline_body = 1'000, .segment_bytes = 1});
  for (unsigned i = 0; i < 200; ++i) drop(store(some_bytes(3'000, i)));
  EXPECT_GT(bodies->counters().removed_segments, 100u);
}

// One body is dropped before one page is counted and its row goes before the same or a later one: whatever the order,
// it is counted out once.
TEST_F(SegmentSpaceTest, drops_during_the_counting_are_counted_once) {
  open({.inline_body = 1'000});
  std::vector<BodyRef> stored;
  stored.reserve(5);
  for (unsigned i = 0; i < 5; ++i) stored.push_back(store(some_bytes(3'000, i)));
  Batch all;
  for (auto const& body : stored) all.put(Table::body, body.id.bytes(), encode_place(place_of(body)));
  for (std::size_t body = 0; body < stored.size(); ++body) {
    for (std::size_t drop_at = 0; drop_at <= stored.size(); ++drop_at) {
      for (std::size_t gone_at = drop_at; gone_at <= stored.size(); ++gone_at) {
        write(all);
        SegmentSpace space(rows, {1});
        bool more = true;
        for (std::size_t page = 0; page <= stored.size(); ++page) {
          if (page == drop_at) space.dropped(stored[body].id, place_of(stored[body]));
          if (page == gone_at) erase_row(stored[body]);
          ASSERT_TRUE(space.confirm_drops());
          if (more) more = space.count_page({.rows = 1}).value();
        }
        ASSERT_TRUE(space.confirm_drops());
        ASSERT_EQ(space.live_bytes(), (stored.size() - 1) * record_size(3'000)) << body << drop_at << gone_at;
        ASSERT_EQ(space.dropped_and_unconfirmed(), 0u);
      }
    }
  }
}

}  // namespace
}  // namespace yubin::kv
