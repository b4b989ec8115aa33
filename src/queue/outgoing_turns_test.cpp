// Whose turn it is, and that nobody is left behind.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>
#include <set>

#include "queue/outgoing_kit.h"

namespace yubin::queue {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_F(OutgoingQueue, a_destination_gets_so_many_at_a_time_and_others_are_not_delayed) {
  for (int i = 0; i < 20; ++i) running.add({fmt::format("u{}@bulk.test", i)});
  running.add({"a@one.test"});
  std::vector<Job> jobs;
  auto take_all = [&] {
    std::string all;
    while (auto job = running.take()) {
      all += " " + Running::text(job);
      jobs.push_back(*std::move(job));
    }
    return all;
  };
  // One sender leaves a place free.
  EXPECT_EQ(take_all(), " u0@bulk.test a@one.test u1@bulk.test u2@bulk.test u3@bulk.test");
  running.add({"x@bulk.test", "y@bulk.test"}, "b@us.test");
  EXPECT_EQ(take_all(), " x@bulk.test y@bulk.test");
  EXPECT_TRUE(running.settle(jobs[0], {Running::delivered()}).has_value());
  EXPECT_EQ(take_all(), "");
  EXPECT_TRUE(running.settle(jobs[2], {Running::delivered()}).has_value());
  EXPECT_EQ(take_all(), " u4@bulk.test");
}

// A sender with any number of messages, for as many destinations, costs another one's message a turn.
TEST_F(OutgoingQueue, who_sends_to_many_destinations_delays_nobody) {
  std::vector<std::string> many;
  for (int i = 0; i < 500; ++i) many.push_back(fmt::format("u@d{}.test", i));
  running.add(many, "bulk@us.test");
  std::vector<Job> jobs;
  while (auto job = running.take()) jobs.push_back(*std::move(job));
  EXPECT_EQ(jobs.size(), 67U);
  running.add({"u@d499.test"}, "a@us.test");
  auto job = running.take();
  ASSERT_TRUE(job.has_value());
  EXPECT_EQ(job->message.reverse_path.text(), "<a@us.test>");
}

TEST_F(OutgoingQueue, the_higher_priority_goes_first_and_the_lowest_goes_on) {
  std::vector<std::string> many;
  for (int i = 0; i < 20; ++i) many.push_back(fmt::format("u@n{:02}.test", i));
  running.add({"b@bulk.test"}, "b@us.test", Priority::bulk);
  running.add(many, "n@us.test");
  running.add({"h@high.test"}, "h@us.test", Priority::high);
  std::vector<std::string> order;
  std::vector<Job> jobs;
  while (auto job = running.take()) {
    order.push_back(Running::text(job));
    jobs.push_back(*std::move(job));
  }
  ASSERT_EQ(order.size(), 22U);
  EXPECT_EQ(order[0], "h@high.test");
  EXPECT_EQ(order[7], "b@bulk.test");
}

// What is held in memory is counted, not how long it takes.
TEST(OutgoingQueueMemory, is_bounded_whatever_waits) {
  kv::MemoryKeyValue engine;
  Running running(engine, {.schedule = {.transactions = 20, .streams = 100}});
  std::vector<std::string> many;
  for (int i = 0; i < 4000; ++i) many.push_back(fmt::format("u{}@d{}.test", i, i % 2000));
  for (int i = 0; i < 3; ++i) running.add(many, fmt::format("bulk{}@us.test", i));
  running.add({"x@y.test"});
  std::size_t most = 0;
  std::size_t delivered = 0;
  std::size_t turn_of_x = 0;
  std::vector<Job> jobs;
  for (int round = 0; round < 20'000 && delivered < 12'001; ++round) {
    while (auto job = running.take()) jobs.push_back(*std::move(job));
    most = std::max(most, running.queue.held());
    running.clock.advance(seconds(1));
    for (Job& job : jobs) {
      delivered += job.recipients.size();
      if (job.destination == "y.test") turn_of_x = delivered;
      EXPECT_TRUE(running.settle(job, std::vector(job.recipients.size(), Running::delivered())).has_value());
    }
    jobs.clear();
  }
  EXPECT_EQ(delivered, 12'001U);
  running.changer.change<void>({}, Lane::delivery, [](kv::Changes&) -> Result<> { return {}; }).wait().value();
  EXPECT_LE(most, 100U + 20 * 4);
  EXPECT_LE(turn_of_x, 200U);
  EXPECT_EQ(running.queue.held(), 0U);
  EXPECT_EQ(running.released.size(), 4U);
}

TEST(OutgoingQueueMemory, a_start_finds_all_that_waits_beyond_it) {
  kv::MemoryKeyValue engine;
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) many.push_back(fmt::format("u@d{}.test", i));
  Running(engine).add(many);
  Running again(engine, {.schedule = {.streams = 50}});
  std::size_t taken = 0;
  for (int round = 0; round < 1000 && taken < 1000; ++round) {
    while (auto job = again.take()) {
      ++taken;
      EXPECT_TRUE(again.settle(*job, {Running::delivered()}).has_value());
      EXPECT_LE(again.queue.held(), 53U);
    }
    again.clock.advance(seconds(1));
  }
  EXPECT_EQ(taken, 1000U);
}

TEST_F(OutgoingQueue, a_job_that_is_dropped_is_due_again) {
  running.add({"a@one.test", "b@one.test"});
  running.take().reset();
  running.clock.advance(seconds(5));
  EXPECT_EQ(Running::text(running.take()), "a@one.test b@one.test");
}

// What is known of where to look for due rows must never hide one: ids come in any order within a second, jobs are
// dropped, deferred, held and retried while others are taken. Half of the rounds give no rows back.
class RandomWork : public OutgoingQueue, public testing::WithParamInterface<unsigned> {};

TEST_P(RandomWork, leaves_nobody_behind) {
  std::mt19937 random(GetParam());
  bool const gives_back = GetParam() % 2 == 0;
  auto below = [&random](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  std::vector<UniqueId> ids;
  std::generate_n(std::back_inserter(ids), 400, [this] { return running.ids.next(); });
  std::ranges::shuffle(ids, random);
  std::vector<Job> jobs;
  std::vector<UniqueId> added;
  std::size_t delivered = 0;
  std::set<std::pair<UniqueId, std::uint32_t>> done;
  auto end_one = [&] {
    std::swap(jobs[below(jobs.size())], jobs.back());
    Job job = std::move(jobs.back());
    jobs.pop_back();
    std::size_t const how = gives_back ? below(10) : 2 + below(8);
    if (how == 0) return;  // dropped
    if (how == 1) return running.queue.postpone(std::move(job), seconds(below(20) + 1));
    smtp::Outcome const outcome = how < 4 ? Running::deferred() : Running::delivered();
    if (how >= 4)
      for (Job::One const& one : job.recipients) delivered += done.insert({job.id, one.number}).second ? 1 : 1000;
    std::vector<smtp::Outcome> const outcomes(job.recipients.size(), outcome);
    EXPECT_TRUE(running.settle(std::move(job), outcomes).has_value());
  };
  while (delivered < 800 && delivered % 1000 < 800) {
    std::size_t const what = below(6);
    if (what < 2 && !ids.empty()) {
      std::string const where = below(2) == 0 ? "@one.test" : "@two.test";
      added.push_back(running.add(ids.back(), {"a" + where, "b" + where}, "s@us.test", Priority::normal));
      ids.pop_back();
    } else if (what == 2 && gives_back && !added.empty()) {
      constexpr Outgoing::Verb kVerbs[] = {Outgoing::Verb::hold, Outgoing::Verb::release, Outgoing::Verb::retry};
      UniqueId const id = added[below(added.size())];
      for (Outgoing::Verb const verb : {kVerbs[below(3)], Outgoing::Verb::release})
        if (running.queue.show(id)) running.act(id, {.id = id}, {verb});
    } else if (what == 3 && !jobs.empty()) {
      end_one();
    } else if (auto job = running.take()) {
      jobs.push_back(*std::move(job));
    } else if (!jobs.empty()) {
      end_one();
    } else if (ids.empty()) {
      auto const due = running.queue.next_due();
      ASSERT_TRUE(due) << delivered << " of 800 delivered";
      running.clock.advance(std::max(*due - running.clock.now(), WallTime::duration(seconds(1))));
    }
    if (below(20) == 0) running.clock.advance(seconds(1));
  }
  EXPECT_EQ(delivered, 800U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWork, testing::Range(1U, 5U));

TEST_F(OutgoingQueue, what_is_postponed_waits_with_all_of_its_stream_and_counts_no_attempt) {
  UniqueId const id = running.add({"a@busy.test"});
  running.add({"b@busy.test"});
  running.queue.postpone(*running.take(), seconds(20));
  EXPECT_EQ(Running::text(running.take()), "-");
  EXPECT_EQ(running.queue.show(id)->paused.at("busy.test"), Running::at(running.clock) + 20);
  running.clock.advance(seconds(19));
  EXPECT_EQ(Running::text(running.take()), "-");
  running.clock.advance(seconds(1));
  auto const first = running.take();
  auto const second = running.take();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->recipients[0].row.attempts + second->recipients[0].row.attempts, 0U);
  EXPECT_TRUE(running.queue.show(id)->paused.empty());
}

TEST_F(OutgoingQueue, what_is_postponed_goes_over_a_connection_that_is_there_or_when_it_may_resume) {
  for (char const* to : {"a@busy.test", "b@busy.test", "c@busy.test"}) running.add({to});
  running.queue.postpone(*running.take(), seconds(20));
  auto const first = running.queue.take("busy.test").value();
  EXPECT_TRUE(first);
  running.queue.postpone(*running.queue.take("busy.test").value(), seconds(20));
  EXPECT_EQ(Running::text(running.take()), "-");
  Stream const stream = first->lease->stream();
  EXPECT_FALSE(running.queue.resume({"other.test", stream.priority, stream.sender}));
  EXPECT_TRUE(running.queue.resume(stream));
  EXPECT_NE(Running::text(running.take()), "-");
}

// Another connection's message is settled while somebody reads the rows that are due.
TEST_F(OutgoingQueue, what_was_settled_while_it_was_looked_for_is_not_lost) {
  struct Interrupted final : kv::KeyValue {
    Result<std::optional<std::string>> get(kv::Table table, std::string_view key) const override {
      return inner.get(table, key);
    }
    Result<std::vector<std::optional<std::string>>> multi_get(kv::Table table,
                                                              std::span<std::string const> keys) const override {
      return inner.multi_get(table, keys);
    }
    Result<kv::Page> scan(kv::Table table, kv::Range const& range, kv::Limit limit) const override {
      Result<kv::Page> page = inner.scan(table, range, limit);
      if (meanwhile) std::exchange(meanwhile, nullptr)();
      return page;
    }
    Result<std::vector<Result<>>> write(std::span<kv::Batch const* const> batches) override {
      return inner.write(batches);
    }
    kv::MemoryKeyValue inner;
    mutable std::function<void()> meanwhile;
  };
  for (bool const is_delivered : {false, true}) {
    Interrupted rows;
    Running one(rows);
    one.add({"a@one.test"});
    std::optional<Job> job = one.take();
    ASSERT_TRUE(job);
    one.add({"b@one.test"});
    rows.meanwhile = [&] {
      EXPECT_TRUE(one.settle(*std::exchange(job, {}), {is_delivered ? Running::delivered() : Running::deferred()}));
    };
    Result<std::optional<Job>> next = one.queue.take();
    ASSERT_TRUE(next.has_value()) << next.error().detail;
    if (!*next) next = one.queue.take();
    EXPECT_EQ(Running::text(*next), "b@one.test");
    EXPECT_EQ(Running::text(one.take()), "-");
    one.clock.advance(hours(1));
    EXPECT_EQ(Running::text(one.take()), is_delivered ? "-" : "a@one.test");
  }
}

TEST_F(OutgoingQueue, what_has_waited_long_is_late) {
  running.add({"a@busy.test"});
  auto const job = running.take();
  EXPECT_FALSE(running.queue.is_late(*job));
  running.clock.advance(hours(5));
  EXPECT_TRUE(running.queue.is_late(*job));  // time to warn
}

TEST_F(OutgoingQueue, what_cannot_be_reached_is_left_alone_for_a_while) {
  for (int i = 0; i < 3; ++i) running.add({fmt::format("u{}@dead.test", i)});
  EXPECT_TRUE(running.settle(*running.take(), {Running::deferred()}, Reached::no).has_value());
  EXPECT_EQ(Running::text(running.take()), "-");
  running.clock.advance(minutes(1));
  EXPECT_TRUE(running.settle(*running.take(), {Running::deferred()}, Reached::no).has_value());
  running.clock.advance(minutes(1));
  EXPECT_EQ(Running::text(running.take()), "-");
  running.clock.advance(minutes(1));
  EXPECT_EQ(Running::text(running.take()), "u2@dead.test");
}

TEST_F(OutgoingQueue, a_clock_that_is_put_back_keeps_nobody_waiting) {
  running.clock.jump(hours(24));
  running.add({"a@one.test"});
  EXPECT_TRUE(running.settle(*running.take(), {Running::deferred()}).has_value());
  running.add({"b@dead.test"});
  EXPECT_TRUE(running.settle(*running.take(), {Running::deferred()}, Reached::no).has_value());
  running.clock.jump(-hours(24));
  running.add({"c@three.test"});
  auto const third = running.take();
  EXPECT_EQ(Running::text(third), "c@three.test");
  EXPECT_EQ(Running::text(running.take()), "-");
  running.clock.advance(minutes(6));
  std::set<std::string> taken{Running::text(running.take()), Running::text(running.take())};
  EXPECT_EQ(taken, (std::set<std::string>{"a@one.test", "b@dead.test"}));
}

TEST_F(OutgoingQueue, a_clock_that_is_put_back_keeps_no_stream_waiting) {
  running.clock.jump(hours(24));
  for (int i = 0; i < 3; ++i) {
    running.add({fmt::format("u{}@one.test", i)});
    EXPECT_TRUE(running.settle(*running.take(), {Running::deferred()}).has_value());
  }
  running.clock.jump(-hours(24));
  EXPECT_EQ(Running::text(running.take()), "-");
  running.clock.advance(minutes(6));
  auto const first = running.take();
  auto const second = running.take();
  ASSERT_TRUE(first && second);
  // Not now: who was put off so comes again too.
  running.queue.postpone(*running.take(), minutes(1));
  EXPECT_EQ(Running::text(running.take()), "-");
  running.clock.advance(minutes(2));
  EXPECT_TRUE(running.take().has_value());
}

TEST_F(OutgoingQueue, a_start_after_the_clock_was_put_back_finds_who_waited) {
  running.clock.jump(hours(24));
  running.add({"a@one.test"});
  EXPECT_TRUE(running.settle(*running.take(), {Running::deferred()}).has_value());
  Running again(engine);
  EXPECT_EQ(Running::text(again.take()), "a@one.test");
}

}  // namespace
}  // namespace yubin::queue
