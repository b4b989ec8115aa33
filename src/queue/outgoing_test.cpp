#include "queue/outgoing.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "kv/faults.h"
#include "kv/faulty_key_value.h"
#include "queue/outgoing_kit.h"

namespace yubin::queue {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;

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

TEST_F(OutgoingQueue, a_lost_row_of_a_recipient_is_in_nobodys_way) {
  UniqueId const damaged = running.add({"a@one.test", "b@one.test"});
  running.clock.advance(hours(1));
  running.add({"c@one.test"});
  kv::Batch batch;
  batch.erase(kv::Table::queue, RecipientKey{damaged, 0}.encode());
  kv::Batch const* const batches[] = {&batch};
  ASSERT_TRUE(engine.write(batches).has_value());
  auto const first = running.take();
  auto const second = running.take();
  EXPECT_EQ(Running::text(first), "b@one.test");
  EXPECT_EQ(Running::text(second), "c@one.test");
  EXPECT_EQ(Running::text(running.take()), "-");
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
