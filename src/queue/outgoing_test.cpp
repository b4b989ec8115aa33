#include "queue/outgoing.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "base/executor.h"
#include "kv/committer.h"
#include "kv/faults.h"
#include "kv/faulty_key_value.h"
#include "kv/memory_key_value.h"

namespace yubin::queue {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;

smtp::Recipient to(std::string const& address) {
  return {smtp::ForwardPath::parse("<" + address + ">").value()};
}

// A queue over an engine, as a server that has just been started has it. Everything runs on the caller's thread but the
// commits, for which finish() waits.
class Running {
 public:
  explicit Running(kv::KeyValue& engine, Options const& options = {})
      : committer(engine, kv::Committer::Options{}),
        changer(engine, committer, pool),
        journal({engine, changer, committer, ids, clock}),
        queue({engine, changer, journal, clock, random,
               [this](kv::Changes&, kv::BodyRef const& body) { released.push_back(body.id.text()); }},
              options) {
    EXPECT_TRUE(queue.open().has_value());
  }

  UniqueId add(std::vector<std::string> const& addresses, std::string const& from = "a@us.test",
               Priority priority = Priority::normal) {
    return add(ids.next(), addresses, from, priority);
  }
  UniqueId add(UniqueId id, std::vector<std::string> const& addresses, std::string const& from, Priority priority) {
    MessageRow const message{.body = {id, 300},
                             .prefix = "Received: x\r\n",
                             .reverse_path = smtp::ReversePath::parse("<" + from + ">").value(),
                             .parameters = {},
                             .accepted = at(clock),
                             .service = "submission",
                             .message_id = "<m@us.test>",
                             .priority = priority,
                             .sender = from};
    std::vector<smtp::Recipient> recipients;
    for (std::string const& address : addresses) recipients.push_back(to(address));
    auto fn = [&, id](kv::Changes& changes) -> Result<> {
      queue.add(changes, id, message, recipients);
      return {};
    };
    EXPECT_TRUE(changer.change<void>({}, Lane::delivery, fn).wait().has_value());
    return id;
  }

  static Seconds at(Clock const& clock) { return std::chrono::floor<seconds>(clock.now()).time_since_epoch().count(); }

  // Its recipients' addresses, or nothing.
  static std::string text(std::optional<Job> const& job) {
    if (!job) return "-";
    std::string out;
    for (Job::One const& one : job->recipients)
      out += (out.empty() ? "" : " ") + one.row.recipient.path.address()->text();
    return out;
  }
  std::optional<Job> take() { return queue.take().value(); }

  static smtp::Outcome deferred(std::string text = "450 later") {
    return smtp::Deferred{{{4, 2, 0}, std::move(text), "mx", "in reply to RCPT"}};
  }
  static smtp::Outcome delivered() { return smtp::Delivered{{{2, 0, 0}, "250 ok", "mx", ""}}; }
  static smtp::Outcome failed() { return smtp::Failed{{{5, 1, 1}, "550 no", "mx", ""}}; }

  Result<> settle(Job job, std::vector<smtp::Outcome> outcomes, Reached reached = Reached::yes) {
    return queue.settle(std::move(job), std::move(outcomes), reached, entry()).wait();
  }
  journal::Entry entry() {
    journal::Entry entry;
    entry.id = journal.next_id();
    entry.kind = journal::Kind::delivery;
    return entry;
  }

  std::size_t act(UniqueId id, Filter const& filter, Outgoing::Action const& action) {
    return queue.act(id, filter, action, entry()).wait().value();
  }

  std::size_t rows(kv::KeyValue& engine) {
    return engine.scan(kv::Table::queue, {}, {.rows = 100'000, .bytes = 100'000'000}).value().rows.size();
  }

  ManualClock clock{WallTime(hours(500'000))};
  SeededRandom random{1};
  UniqueIds ids{clock, 1, 1};
  InlineExecutor pool;
  std::vector<std::string> released;
  kv::Committer committer;
  kv::Changer changer;
  journal::Journal journal;
  Outgoing queue;
};

struct OutgoingQueue : testing::Test {
  kv::MemoryKeyValue engine;
  Running running{engine};
};

TEST_F(OutgoingQueue, a_message_goes_to_each_destination_in_a_job_of_its_own) {
  running.add({"a@one.test", "b@two.test", "c@one.test"});
  auto const first = running.take();
  EXPECT_EQ(Running::text(first), "a@one.test c@one.test");
  EXPECT_EQ(first->message.prefix, "Received: x\r\n");
  EXPECT_EQ(Running::text(running.take()), "b@two.test");
  EXPECT_EQ(Running::text(running.take()), "-");
}

TEST_F(OutgoingQueue, what_is_delivered_or_failed_leaves_no_row) {
  UniqueId const id = running.add({"a@one.test", "b@two.test", "c@one.test"});
  auto first = running.take();
  auto second = running.take();
  EXPECT_TRUE(running.settle(*first, {Running::delivered(), Running::failed()}).has_value());
  EXPECT_TRUE(running.released.empty());
  EXPECT_TRUE(running.settle(*second, {Running::delivered()}).has_value());
  EXPECT_THAT(running.released, ElementsAre(id.text()));
  EXPECT_EQ(running.rows(engine), 0U);
  EXPECT_FALSE(running.queue.next_due().has_value());
}

TEST_F(OutgoingQueue, the_journal_has_each_fate) {
  running.add({"a@one.test", "b@one.test"});
  auto job = running.take();
  journal::Entry entry = running.entry();
  UniqueId const id = entry.id;
  EXPECT_TRUE(
      running.queue.settle(*job, {Running::delivered(), Running::deferred()}, Reached::yes, entry).wait().has_value());
  auto const found = running.journal.find(id).value().value();
  ASSERT_EQ(found.recipients.size(), 2U);
  EXPECT_EQ(found.recipients[0], (journal::RecipientFate{"a@one.test", "delivered", "2.0.0", "250 ok from mx"}));
  EXPECT_EQ(found.recipients[1],
            (journal::RecipientFate{"b@one.test", "deferred", "4.2.0", "450 later from mx (in reply to RCPT)"}));
}

TEST_F(OutgoingQueue, what_is_deferred_waits_ever_longer) {
  running.add({"a@one.test"});
  std::vector<int> waits;
  for (int i = 0; i < 9; ++i) {
    auto job = running.take();
    ASSERT_TRUE(job.has_value());
    EXPECT_EQ(job->recipients[0].row.attempts, static_cast<std::uint32_t>(i));
    EXPECT_TRUE(running.settle(*job, {Running::deferred()}).has_value());
    EXPECT_EQ(Running::text(running.take()), "-");
    auto const wait = *running.queue.next_due() - running.clock.now();
    waits.push_back(static_cast<int>(std::chrono::round<minutes>(wait).count()));
    running.clock.advance(std::chrono::duration_cast<std::chrono::microseconds>(wait));
  }
  int const expected[] = {5, 10, 20, 40, 80, 160, 240, 240, 240};
  for (std::size_t i = 0; i < waits.size(); ++i) EXPECT_NEAR(waits[i], expected[i], expected[i] / 10 + 1) << i;
}

TEST_F(OutgoingQueue, who_only_wants_to_see_us_again_does_so_soon) {
  running.add({"a@one.test"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(running.settle(*running.take(), {Running::deferred("451 4.7.1 Greylisted, come back")}).has_value());
    auto const wait = *running.queue.next_due() - running.clock.now();
    EXPECT_NEAR(static_cast<int>(std::chrono::round<minutes>(wait).count()), i == 0 ? 6 : 10, 1);
    running.clock.advance(std::chrono::duration_cast<std::chrono::microseconds>(wait));
  }
}

TEST_F(OutgoingQueue, after_five_days_it_is_given_up) {
  running.add({"a@one.test"});
  running.clock.advance(hours(5 * 24 - 1));
  auto job = running.take();
  std::vector<smtp::Outcome> outcomes{Running::deferred()};
  running.queue.give_up_on_old(*job, outcomes);
  EXPECT_TRUE(std::holds_alternative<smtp::Deferred>(outcomes[0]));
  running.clock.advance(hours(1));
  running.queue.give_up_on_old(*job, outcomes);
  ASSERT_TRUE(std::holds_alternative<smtp::Failed>(outcomes[0]));
  EXPECT_EQ(detail(outcomes[0]).status.text(), "5.4.7");
  EXPECT_EQ(detail(outcomes[0]).remote_text, "450 later");
}

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

TEST_F(OutgoingQueue, a_block_list_raises_an_alarm_that_outlives_a_restart) {
  running.add({"a@one.test", "b@one.test"});
  std::string const said = "550 5.7.1 Service unavailable, Client host [2001:db8::25] blocked using Spamhaus.";
  smtp::Outcome const refused = smtp::Failed{{{5, 7, 1}, said, "mx.one.test [192.0.2.1]", ""}};
  EXPECT_TRUE(running.settle(*running.take(), {refused, refused}).has_value());
  Running again(engine);
  for (Running* one : {&running, &again}) {
    auto const alarms = one->queue.alarms();
    ASSERT_EQ(alarms.size(), 1U);
    EXPECT_EQ(alarms[0].what, (Listing{"Spamhaus", "2001:db8::25"}));
    EXPECT_EQ(alarms[0].host, "mx.one.test [192.0.2.1]");
  }
  running.clock.advance(hours(73));
  EXPECT_TRUE(running.queue.alarms().empty());
  EXPECT_EQ(running.queue.sweep().value(), Turn::done);
  running.changer.change<void>({}, Lane::delivery, [](kv::Changes&) -> Result<> { return {}; }).wait().value();
  EXPECT_EQ(running.rows(engine), 0U);
}

TEST_F(OutgoingQueue, what_a_crash_has_left_of_a_message_is_swept_away) {
  UniqueId const id = running.add({"a@one.test"});
  auto const rows = engine.scan(kv::Table::queue, {}, {}).value().rows;
  kv::Batch batch;
  for (kv::Row const& row : rows)
    if (!MessageKey::decode(row.key)) batch.erase(kv::Table::queue, row.key);
  kv::Batch const* const batches[] = {&batch};
  (void)engine.write(batches);
  Running again(engine);
  EXPECT_EQ(again.queue.sweep().value(), Turn::done);
  again.changer.change<void>({}, Lane::delivery, [](kv::Changes&) -> Result<> { return {}; }).wait().value();
  EXPECT_THAT(again.released, ElementsAre(id.text()));
  EXPECT_EQ(again.rows(engine), 0U);
}

TEST_F(OutgoingQueue, many_recipients_of_one_destination_go_in_parts) {
  std::vector<std::string> many;
  for (int i = 0; i < 120; ++i) many.push_back(fmt::format("u{}@one.test", i));
  UniqueId const id = running.add(many);
  std::vector<Job> jobs;
  while (auto job = running.take()) jobs.push_back(*std::move(job));
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[2].recipients.size(), 20U);
  for (Job const& job : jobs)
    EXPECT_TRUE(running.settle(job, std::vector(job.recipients.size(), Running::delivered())).has_value());
  EXPECT_THAT(running.released, ElementsAre(id.text()));
  EXPECT_EQ(running.rows(engine), 0U);
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

TEST_F(OutgoingQueue, after_a_restart_all_is_due_that_was_not_settled) {
  running.add({"a@one.test", "b@two.test"});
  EXPECT_EQ(Running::text(running.take()), "a@one.test");
  Running again(engine);
  EXPECT_EQ(Running::text(again.take()), "a@one.test");
  EXPECT_EQ(Running::text(again.take()), "b@two.test");
  EXPECT_EQ(Running::text(again.take()), "-");
}

TEST_F(OutgoingQueue, jobs_that_end_together_leave_no_row) {
  UniqueId const id = running.add({"a@one.test", "b@two.test"});
  auto first = running.take();
  auto second = running.take();
  auto const one = running.queue.settle(*first, {Running::delivered()}, Reached::yes, running.entry());
  auto const two = running.queue.settle(*second, {Running::delivered()}, Reached::yes, running.entry());
  EXPECT_TRUE(one.wait().has_value());
  EXPECT_TRUE(two.wait().has_value());
  running.changer.change<void>({}, Lane::delivery, [](kv::Changes&) -> Result<> { return {}; }).wait().value();
  EXPECT_EQ(running.rows(engine), 0U);
  EXPECT_THAT(running.released, ElementsAre(id.text()));
}

TEST_F(OutgoingQueue, is_held_released_retried_and_removed) {
  UniqueId const id = running.add({"a@one.test", "b@two.test"});
  auto on_its_way = running.take();
  auto act = [&](Outgoing::Verb verb) { return running.act(id, {}, {verb}); };
  EXPECT_EQ(act(Outgoing::Verb::hold), 1U);
  EXPECT_EQ(Running::text(running.take()), "-");
  EXPECT_TRUE(running.settle(*on_its_way, {Running::deferred()}).has_value());
  EXPECT_EQ(Running::text(running.take()), "-");
  EXPECT_EQ(act(Outgoing::Verb::retry), 1U);
  auto again = running.take();
  EXPECT_EQ(Running::text(again), "a@one.test");
  EXPECT_TRUE(running.settle(*again, {Running::deferred()}).has_value());
  EXPECT_EQ(act(Outgoing::Verb::release), 1U);
  auto const other = running.take();
  EXPECT_EQ(Running::text(other), "b@two.test");
  EXPECT_EQ(running.queue.list({}, std::nullopt, 10).value().messages.size(), 1U);
  EXPECT_EQ(running.queue.show(id).value().recipients.size(), 2U);
  EXPECT_EQ(act(Outgoing::Verb::remove), 1U);
  EXPECT_EQ(running.queue.show(id).value().recipients.size(), 1U);
  EXPECT_FALSE(running.queue.show(UniqueId(1, 1)).has_value());
}

TEST_F(OutgoingQueue, what_is_removed_leaves_no_row) {
  UniqueId const id = running.add({"a@one.test", "b@two.test"});
  EXPECT_EQ(running.act(id, {}, {Outgoing::Verb::remove}), 2U);
  running.changer.change<void>({}, Lane::delivery, [](kv::Changes&) -> Result<> { return {}; }).wait().value();
  EXPECT_EQ(running.rows(engine), 0U);
  EXPECT_EQ(Running::text(running.take()), "-");
}

TEST_F(OutgoingQueue, what_is_bounced_is_taken_by_itself_and_what_is_redirected_goes_there) {
  UniqueId const id = running.add({"a@one.test", "b@two.test", "c@two.test"});
  EXPECT_EQ(running.act(id, {.domain = "one.test"}, {Outgoing::Verb::bounce}), 1U);
  Outgoing::Action const redirect{Outgoing::Verb::redirect, to("x@three.test").path};
  EXPECT_EQ(running.act(id, {.recipient = "c@two.test"}, redirect), 1U);
  std::map<std::string, std::string> taken;
  std::vector<Job> jobs;
  while (auto job = running.take()) {
    taken[job->destination] = Running::text(job);
    jobs.push_back(*std::move(job));
  }
  std::map<std::string, std::string> const expected{
      {".", "a@one.test"}, {"three.test", "x@three.test"}, {"two.test", "b@two.test"}};
  EXPECT_EQ(taken, expected);
  for (Job& job : jobs) {
    if (job.destination == "three.test") {
      EXPECT_EQ(job.recipients[0].row.recipient.parameters.original->address, "c@two.test");
    }
    EXPECT_TRUE(running.settle(job, {Running::failed()}).has_value());
  }
  jobs.clear();
  running.changer.change<void>({}, Lane::delivery, [](kv::Changes&) -> Result<> { return {}; }).wait().value();
  EXPECT_EQ(running.rows(engine), 0U);
}

TEST_F(OutgoingQueue, is_found_by_sender_recipient_and_state) {
  UniqueId const first = running.add({"a@one.test", "b@two.test"});
  running.add({"c@one.test"}, "b@us.test");
  auto found = [&](Filter const& filter) {
    std::string out;
    for (auto const& one : running.queue.list(filter, std::nullopt, 10).value().messages)
      for (auto const& each : one.recipients) out += " " + each.row.recipient.path.address()->text();
    return out;
  };
  EXPECT_EQ(found({}), " a@one.test b@two.test c@one.test");
  EXPECT_EQ(found({.id = first}), " a@one.test b@two.test");
  EXPECT_EQ(found({.sender = "b@us.test"}), " c@one.test");
  EXPECT_EQ(found({.sender = "<>"}), "");
  EXPECT_EQ(found({.domain = "one.test"}), " a@one.test c@one.test");
  EXPECT_EQ(found({.state = Filter::State::held}), "");
  EXPECT_EQ(running.act(first, {.domain = "two.test"}, {Outgoing::Verb::hold}), 1U);
  EXPECT_EQ(found({.state = Filter::State::held}), " b@two.test");
  auto const job = running.take();
  EXPECT_EQ(found({.state = Filter::State::active}), " " + Running::text(job));
  EXPECT_TRUE(running.settle(*job, {Running::deferred()}).has_value());
  EXPECT_EQ(found({.state = Filter::State::deferred}), " " + Running::text(job));
  auto const page = running.queue.list({}, std::nullopt, 1).value();
  EXPECT_EQ(page.messages.size(), 1U);
  EXPECT_EQ(running.queue.list({}, page.next, 1).value().messages.size(), 1U);
}

// Each call of the engine fails once; whatever happened, a new start finds every recipient that has no fate, and no
// other.
TEST(OutgoingQueueFaults, nothing_is_lost_at_any_failed_call) {
  std::uint64_t failed = 1;
  for (std::uint64_t nth = 0; failed > 0; ++nth) {
    kv::MemoryKeyValue engine;
    kv::Faults faults;
    kv::FaultyKeyValue faulty(engine, faults);
    std::set<std::string> done;
    {
      Running running(faulty);
      running.add({"a@one.test", "b@two.test", "c@two.test"});
      faults.arm(nth, kv::FaultMode::nothing_done);
      for (int i = 0; i < 6; ++i) {
        auto job = running.queue.take();
        running.clock.advance(minutes(10));
        if (!job || !*job) continue;
        std::string const name = Running::text(*job);
        if (running.settle(**job, std::vector((*job)->recipients.size(), Running::delivered()))) done.insert(name);
      }
      failed = faults.failed();
      faults.disarm();
    }
    EXPECT_EQ(done.size(), 2U) << "with call " << nth << " failing";
    Running again(engine);
    EXPECT_EQ(Running::text(again.take()), "-") << "with call " << nth << " failing";
    EXPECT_EQ(again.rows(engine), 0U) << "with call " << nth << " failing";
  }
}

}  // namespace
}  // namespace yubin::queue
