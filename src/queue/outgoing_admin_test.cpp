// What people see of the queue and do to it.

#include <map>

#include "queue/outgoing_kit.h"

namespace yubin::queue {
namespace {

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

}  // namespace
}  // namespace yubin::queue
