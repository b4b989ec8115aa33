// Who has a mailbox at the primary: what is remembered, and how few are asked at a time.
#include "server/backup_recipients.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>

#include "kv/memory_key_value.h"
#include "server/probe_turns.h"
#include "store/test_world.h"
#include "tests/kit/memory_directory.h"

namespace yubin::server {
namespace {

using Is = BackupVerdict::Is;
using kit::address;

// A primary that answers when the test says so. Everything runs on one loop.
class BackupRecipientsTest : public testing::Test {
 protected:
  struct Asked {
    std::string address;
    ProbeTurns::Done done;
  };

  BackupRecipientsTest() {
    recipients_.ask_by([this](deliver::RouteQuestion question, ProbeTurns::Done done) {
      turns_.ask(std::move(question), std::move(done));
    });
  }
  ~BackupRecipientsTest() override {
    loops_.begin_shut_down(std::chrono::seconds(5));
    loops_.join();
  }

  net::Task<> look(std::string who, std::shared_ptr<std::promise<BackupVerdict>> result) {
    BackupVerdict verdict = co_await recipients_.find({}, address(who));
    result->set_value(std::move(verdict));
  }
  // Begun before this returns, as far as it goes without the primary.
  std::future<BackupVerdict> find(std::string who) {
    auto result = std::make_shared<std::promise<BackupVerdict>>();
    loop_.post([this, who = std::move(who), result]() mutable { net::spawn(loop_, look(std::move(who), result)); });
    // Each step on the way posts the next one.
    for (int step = 0; step < 20; ++step) {
      std::promise<void> done;
      loop_.post([&] { done.set_value(); });
      done.get_future().wait();
    }
    return result->get_future();
  }
  // What was learnt is in the store.
  void wait_for_commits() {
    auto nothing = [](kv::Changes&) { return Result<>(); };
    EXPECT_TRUE(world_.changer.change<void>({kv::kServerAccount}, Lane::reading, nothing).wait());
  }
  Is is(std::string who) { return find(std::move(who)).get().is; }

  // The primary's next question, answered; its address.
  std::string answer_with(deliver::RouteReport report) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !asked_.empty(); });
    Asked one = std::move(asked_.front());
    asked_.pop_front();
    lock.unlock();
    one.done(std::move(report));
    return one.address;
  }
  // By `status`: 250, 550 or 450; 0: it does not answer at all.
  std::string answer(int status) {
    deliver::RouteReport report{.steps = {{true, "connected"}}, .sender_taken = true};
    smtp::OutcomeDetail why{{static_cast<std::uint16_t>(status / 100), 1, 1}, fmt::format("{} so", status), "mx", ""};
    if (status == 250) report.asked = smtp::Delivered{why};
    if (status == 550) report.asked = smtp::Failed{why};
    if (status == 450) report.asked = smtp::Deferred{why};
    return answer_with(std::move(report));
  }
  // What a refusal comes to.
  Is refused(smtp::EnhancedStatus status, std::string said, bool sender_taken = true) {
    std::future<BackupVerdict> one = find(fmt::format("n{}@primary.test", ++names_));
    answer_with({.asked = smtp::Failed{{status, std::move(said), "mx", ""}}, .sender_taken = sender_taken});
    return one.get().is;
  }
  std::size_t open_questions() {
    std::lock_guard const lock(mutex_);
    return asked_.size();
  }

  int names_ = 0;
  kv::MemoryKeyValue engine_;
  store::TestWorld world_{&engine_};
  InlineExecutor pool_;
  SystemClock time_;
  net::Loops loops_{1, time_};
  net::Loop& loop_ = loops_.next();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Asked> asked_;
  ProbeTurns turns_{[this](deliver::RouteQuestion question, ProbeTurns::Done done) {
                      std::lock_guard const lock(mutex_);
                      asked_.push_back({question.to->text(), std::move(done)});
                      changed_.notify_all();
                    },
                    world_.clock};
  BackupRecipients recipients_{engine_, world_.changer, pool_, world_.clock};
};

TEST_F(BackupRecipientsTest, few_ask_a_primary_at_the_same_time_and_the_others_in_their_turn) {
  std::vector<std::future<BackupVerdict>> all;
  for (int i = 0; i < 10; ++i) all.push_back(find(fmt::format("u{}@primary.test", i)));
  EXPECT_EQ(open_questions(), ProbeTurns::kAtOnce);
  std::future<BackupVerdict> other = find("x@second.test");
  EXPECT_EQ(open_questions(), ProbeTurns::kAtOnce + 1);
  std::vector<std::string> order;
  for (int i = 0; i < 11; ++i) order.push_back(answer(i % 2 == 0 ? 250 : 550));
  EXPECT_EQ(order[0], "u0@primary.test");
  EXPECT_EQ(order[10], "u9@primary.test");
  for (auto& one : all) EXPECT_NE(one.get().is, Is::not_known_now);
  EXPECT_EQ(other.get().is, Is::known);
}

TEST_F(BackupRecipientsTest, where_too_many_wait_nothing_can_be_said_now) {
  std::vector<std::future<BackupVerdict>> all;
  for (std::size_t i = 0; i < ProbeTurns::kAtOnce + ProbeTurns::kMostWaiting; ++i)
    all.push_back(find(fmt::format("u{}@primary.test", i)));
  EXPECT_EQ(is("late@primary.test"), Is::not_known_now);
  for (std::size_t i = 0; i < all.size(); ++i) answer(250);
  for (auto& one : all) EXPECT_EQ(one.get().is, Is::known);
  std::future<BackupVerdict> later = find("late@primary.test");
  EXPECT_EQ(answer(250), "late@primary.test");
  EXPECT_EQ(later.get().is, Is::known);
}

TEST_F(BackupRecipientsTest, one_answer_is_for_all_who_wait_for_the_same_address) {
  std::vector<std::future<BackupVerdict>> all;
  for (std::size_t i = 0; i < ProbeTurns::kAtOnce; ++i) all.push_back(find(fmt::format("u{}@primary.test", i)));
  for (int i = 0; i < 5; ++i) all.push_back(find("same@primary.test"));
  for (std::size_t i = 0; i <= ProbeTurns::kAtOnce; ++i) answer(250);
  for (auto& one : all) EXPECT_EQ(one.get().is, Is::known);
  EXPECT_EQ(open_questions(), 0U);
}

TEST_F(BackupRecipientsTest, a_primary_that_does_not_answer_is_left_alone_for_a_minute) {
  std::vector<std::future<BackupVerdict>> all;
  for (int i = 0; i < 10; ++i) all.push_back(find(fmt::format("u{}@primary.test", i)));
  for (std::size_t i = 0; i < ProbeTurns::kAtOnce; ++i) answer(0);
  for (auto& one : all) EXPECT_EQ(one.get().is, Is::not_known_now);
  EXPECT_EQ(open_questions(), 0U);
  world_.clock.advance(std::chrono::seconds(61));
  std::future<BackupVerdict> later = find("u1@primary.test");
  EXPECT_EQ(answer(250), "u1@primary.test");
  EXPECT_EQ(later.get().is, Is::known);
}

TEST_F(BackupRecipientsTest, an_address_of_which_nothing_is_said_now_is_not_asked_for_again_at_once) {
  std::future<BackupVerdict> first = find("u1@primary.test");
  answer(450);
  EXPECT_EQ(first.get().is, Is::not_known_now);
  EXPECT_EQ(is("u1@primary.test"), Is::not_known_now);
  std::future<BackupVerdict> other = find("u2@primary.test");
  answer(550);
  EXPECT_EQ(other.get().is, Is::unknown);
  world_.clock.advance(std::chrono::seconds(61));
  std::future<BackupVerdict> later = find("u1@primary.test");
  answer(250);
  EXPECT_EQ(later.get().is, Is::known);
  wait_for_commits();
  EXPECT_EQ(is("U1@primary.test"), Is::known);
}

// RFC 3463 section 3.2
TEST_F(BackupRecipientsTest, nobody_is_unknown_because_we_are_not_liked) {
  for (std::uint16_t const detail : std::initializer_list<std::uint16_t>{0, 1, 2, 3, 6, 10})
    EXPECT_EQ(refused({5, 1, detail}, "550 no"), Is::unknown) << detail;
  for (std::uint16_t const detail : std::initializer_list<std::uint16_t>{4, 5, 7, 8, 9})
    EXPECT_EQ(refused({5, 1, detail}, "550 no"), Is::not_known_now) << detail;
  EXPECT_EQ(refused({5, 7, 1}, "550 5.7.1 blocked"), Is::not_known_now);
  for (char const* said : {"550 no such user", "551 elsewhere", "553 no"}) {
    EXPECT_EQ(refused({5, 0, 0}, said), Is::unknown) << said;
    EXPECT_EQ(refused({5, 0, 0}, said, false), Is::not_known_now) << said;
  }
  EXPECT_EQ(refused({5, 0, 0}, "554 no"), Is::not_known_now);
  EXPECT_EQ(refused({5, 1, 1}, "550 5.1.1 who are you", false), Is::not_known_now);
}

// Below a domain anybody can think of names.
TEST_F(BackupRecipientsTest, of_the_domains_that_are_away_so_many_are_remembered) {
  int const most = static_cast<int>(BackupRecipients::kMostAway);
  auto in_nth = [](int i) { return fmt::format("a@n{}.primary.test", i); };
  for (int i = 0; i <= most; ++i) {
    std::future<BackupVerdict> const one = find(in_nth(i));
    EXPECT_EQ(answer(0), in_nth(i));
    one.wait();
  }
  EXPECT_EQ(is(in_nth(0)), Is::not_known_now);
  std::future<BackupVerdict> last = find(in_nth(most));
  EXPECT_EQ(answer(0), in_nth(most));
  last.wait();
  world_.clock.advance(std::chrono::seconds(61));
  last = find(in_nth(most));
  EXPECT_EQ(answer(0), in_nth(most));
  last.wait();
  EXPECT_EQ(is(in_nth(most)), Is::not_known_now);
}

}  // namespace
}  // namespace yubin::server
