#include "kv/collector.h"

#include <gmock/gmock.h>

#include "base/log.h"
#include "kv/body_refs.h"
#include "kv/faulty_key_value.h"
#include "kv/memory_bodies.h"
#include "kv/memory_key_value.h"

namespace yubin::kv {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;

class CollectorTest : public testing::Test {
 protected:
  CollectorTest() {
    set_log_sink([](LogLevel, std::string_view) {});
  }

  BodyId store(std::vector<std::string> const& users) {
    auto writer = bodies.begin().value();
    EXPECT_TRUE(writer->append("bytes"));
    auto const body = writer->seal().wait().value();
    change([&](Changes& changes) {
      changes.put_blind(Table::body, body.ref.id.bytes(), body.place);
      for (auto const& user : users) changes.put_blind(Table::body_ref, body.ref.id.bytes() + user, "");
    });
    return body.ref.id;
  }
  void leave(BodyId id, std::string const& user) {
    change([&](Changes& changes) {
      changes.erase_blind(Table::body_ref, id.bytes() + user);
      list_unused(changes, ids, std::span(&id, 1));
    });
  }
  void change(std::function<void(Changes&)> const& fn) {
    auto const ticket = changer.change<int>({}, Lane::delivery, [&](Changes& changes) -> Result<int> {
      fn(changes);
      return 0;
    });
    ASSERT_TRUE(ticket.wait());
  }
  void collect() {
    Result<Turn> turn = Turn::more;
    while (turn && *turn == Turn::more) turn = collector.collect();
    ASSERT_TRUE(turn);
  }
  bool holds(BodyId id) { return bodies.read(id, 0, 5).has_value(); }
  std::size_t lists() { return rows.scan(Table::body_ref, unused_range(clock.now()), {}).value().rows.size(); }

  ManualClock clock{WallTime(hours(400'000))};
  UniqueIds ids{clock, 1, 0};
  MemoryKeyValue rows;
  Faults faults;
  FaultyKeyValue engine{rows, faults};
  MemoryBodies bodies;
  InlineExecutor pool;
  Committer committer{engine, {}};
  Changer changer{engine, committer, pool};
  Collector collector{engine, committer, bodies, clock, {.grace = hours(1)}};
};

TEST_F(CollectorTest, a_body_without_users_goes_after_the_grace) {
  BodyId const body = store({"a"});
  leave(body, "a");
  collect();
  clock.advance(minutes(60) - std::chrono::microseconds(1));
  collect();
  EXPECT_TRUE(holds(body));
  clock.advance(std::chrono::microseconds(1));
  collect();
  EXPECT_FALSE(holds(body));
  EXPECT_EQ(rows.get(Table::body, body.bytes()).value(), std::nullopt);
  EXPECT_EQ(lists(), 0u);
  EXPECT_EQ(collector.counters().dropped, 1u);
}

TEST_F(CollectorTest, a_body_that_another_uses_stays_until_that_one_leaves_too) {
  BodyId const body = store({"a", "b"});
  BodyId const other = store({"a"});
  leave(body, "a");
  clock.advance(hours(2));
  collect();
  EXPECT_TRUE(holds(body));
  EXPECT_EQ(lists(), 0u);
  leave(body, "b");
  clock.advance(hours(2));
  collect();
  EXPECT_FALSE(holds(body));
  EXPECT_TRUE(holds(other));
}

TEST_F(CollectorTest, a_body_that_is_listed_often_is_dropped_once) {
  BodyId const body = store({"a", "b", "c"});
  for (auto const* user : {"a", "b", "c"}) leave(body, user);
  clock.advance(hours(2));
  collect();
  EXPECT_FALSE(holds(body));
  EXPECT_EQ(collector.counters().dropped, 1u);
  EXPECT_EQ(collector.counters().looked_at, 3u);
}

TEST_F(CollectorTest, many_bodies_take_several_rows_and_turns) {
  std::vector<BodyId> all;
  for (std::size_t i = 0; i < 2 * kUnusedPerRow + 1; ++i) all.push_back(store({}));
  change([&](Changes& changes) { list_unused(changes, ids, all); });
  EXPECT_EQ(lists(), 3u);
  clock.advance(hours(2));
  EXPECT_EQ(collector.collect(), Turn::more);
  EXPECT_EQ(collector.counters().dropped, kUnusedPerRow);
  EXPECT_EQ(collector.collect(), Turn::more);
  EXPECT_EQ(collector.collect(), Turn::done);
  EXPECT_EQ(collector.counters().dropped, all.size());
  EXPECT_EQ(bodies.count(), 0u);
  EXPECT_EQ(collector.collect(), Turn::done);
}

TEST_F(CollectorTest, a_damaged_list_drops_nothing_and_does_not_stand_in_the_way) {
  BodyId const body = store({});
  change([&](Changes& changes) { list_unused(changes, ids, std::span(&body, 1)); });
  auto const key = rows.scan(Table::body_ref, unused_range(clock.now()), {}).value().rows.at(0).key;
  for (auto const& damaged : {std::string(), std::string("\x02"), "\x01" + body.bytes().substr(1)}) {
    change([&](Changes& changes) { changes.put_blind(Table::body_ref, key, damaged); });
    clock.advance(hours(2));
    collect();
    EXPECT_TRUE(holds(body));
    EXPECT_EQ(lists(), 0u);
  }
}

TEST_F(CollectorTest, whatever_call_fails_it_is_done_the_next_time) {
  for (auto const mode : {FaultMode::nothing_done, FaultMode::done_but_failed}) {
    for (std::uint64_t step = 0;; ++step) {
      BodyId const unused = store({"a"});
      BodyId const used = store({"a", "b"});
      leave(unused, "a");
      leave(used, "a");
      clock.advance(hours(2));
      faults.arm(step, mode);
      Result<Turn> turn = Turn::more;
      while (turn && *turn == Turn::more) turn = collector.collect();
      bool const failed = faults.failed() > 0;
      EXPECT_EQ(turn.has_value(), !failed);
      faults.disarm();
      collect();
      EXPECT_EQ(rows.get(Table::body, unused.bytes()).value(), std::nullopt) << step;
      EXPECT_FALSE(holds(unused)) << step;
      EXPECT_TRUE(holds(used)) << step;
      if (!failed) break;
    }
  }
}

TEST(BodyRefs, the_bytes_of_a_list_are_those_that_are_documented) {
  ManualClock clock{WallTime(std::chrono::microseconds(0x00060a24181e4000))};
  UniqueIds ids{clock, 1, 8};
  MemoryKeyValue rows;
  InlineExecutor pool;
  Committer committer{rows, {}};
  Changer changer{rows, committer, pool};
  BodyId const body(0x00060a24181e4000, 0x0001000000000002);
  auto const ticket = changer.change<int>({}, Lane::delivery, [&](Changes& changes) -> Result<int> {
    list_unused(changes, ids, std::span(&body, 1));
    return 0;
  });
  ASSERT_TRUE(ticket.wait());
  auto const page = rows.scan(Table::body_ref, {}, {}).value();
  ASSERT_EQ(page.rows.size(), 1u);
  EXPECT_EQ(to_hex(page.rows[0].key), "ff00060a24181e40000001000000000009");
  EXPECT_EQ(to_hex(page.rows[0].value), "0100060a24181e40000001000000000002");
  EXPECT_THAT(decode_unused(page.rows[0].value).value(), ElementsAre(body));
}

}  // namespace
}  // namespace yubin::kv
