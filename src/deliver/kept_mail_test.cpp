// What becomes of mail that was refused and whose sender may not be told.
#include "deliver/kept_mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "deliver/delivery_world.h"
#include "journal/query.h"
#include "tests/kit/memory_directory.h"

namespace yubin::deliver {
namespace {

using kit::address;
using kit::domain;
using std::chrono::days;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class KeptMailTest : public DeliveryWorld {
 protected:
  KeptMailTest() {
    for (std::string const name : {"a.test", "b.test"}) {
      EXPECT_TRUE(directory_.add_domain(domain(name)).wait());
      admins_.push_back(directory_.add_account({address("admin@" + name), ""}).wait().value().id);
      world_.create_account(admins_.back());
    }
  }

  // As from others, to be forwarded from `alias`; refused there.
  UniqueId refused(std::string const& alias, std::string const& to = "friend@elsewhere.test",
                   std::string const& service = "mx") {
    LocalMessage message{.body = world_.body("Subject: x\r\n\r\n"),
                         .summary = "summary",
                         .trace = "Received: from a by b",
                         .reverse_path = "stranger@far.test",
                         .targets = {},
                         .entry = {}};
    smtp::Recipient recipient{smtp::ForwardPath(address(to))};
    recipient.parameters = {.notify = smtp::Notify{}, .original = {{"rfc822", alias}}};
    message.outgoing.push_back(recipient);
    message.entry.service = service;
    message.entry.id = journal_.next_id();
    UniqueId const id = delivery_.deliver(std::move(message)).wait().value();
    std::optional<queue::Job> job = queue_.take().value();
    EXPECT_EQ(job->id, id);
    std::vector<smtp::Outcome> outcomes{smtp::Failed{{{5, 7, 1}, "550 5.7.1 spam", "mx.elsewhere.test", ""}}};
    journal::Entry entry;
    entry.id = journal_.next_id();
    EXPECT_TRUE(queue_.settle(*std::move(job), outcomes, queue::Reached::yes, std::move(entry)).wait());
    return id;
  }

  std::vector<std::string> kept() {
    std::vector<std::string> out;
    for (queue::Outgoing::Listed const& one :
         queue_.list({.state = queue::Filter::State::held}, {}, 100).value().messages)
      out.push_back(one.id.text());
    return out;
  }
  std::uint32_t letters(std::size_t admin) {
    return world_.store.find_mailbox(admins_[admin], store::MailboxName::inbox()).value().value().exists;
  }
  // The text of the last one.
  std::string letter(std::size_t admin) {
    auto const inbox = world_.store.find_mailbox(admins_[admin], store::MailboxName::inbox()).value().value();
    auto const cards = world_.store.cards(admins_[admin], inbox.id, {store::Uid(1), store::Uid(1000)}).value();
    std::string const text = world_.store.read(cards.back().second, 0, 100'000).value();
    std::string body = text.substr(text.find("\r\n\r\n") + 4);
    std::erase_if(body, [](char c) { return c == '\r' || c == '\n'; });
    return from_base64(body).value_or(body);
  }
  std::size_t kept_rows() { return engine_.scan(kv::Table::queue, queue::kept_range(), {}).value().rows.size(); }
  std::size_t act(UniqueId id, queue::Outgoing::Action const& action) {
    journal::Entry entry;
    entry.id = journal_.next_id();
    return queue_.act(id, {.id = id}, action, std::move(entry)).wait().value();
  }

  std::vector<kv::AccountId> admins_;
  KeptMail kept_mail_{{queue_, engine_, world_.committer, world_.store, directory_, delivery_, journal_, world_.clock,
                       "mx.a.test", domain("a.test")},
                      {.keep = days(14), .most = 3, .tell_every = days(1)}};
};

TEST_F(KeptMailTest, what_is_refused_is_kept_and_the_postmaster_of_the_domain_hears_of_it) {
  UniqueId const id = refused("list@b.test");
  EXPECT_THAT(kept(), ElementsAre(id.text()));
  EXPECT_THAT(kept_mail_.warning().value(), HasSubstr("for 1 recipients"));
  ASSERT_TRUE(kept_mail_.look_after());
  EXPECT_EQ(letters(0), 0U);
  ASSERT_EQ(letters(1), 1U);
  EXPECT_THAT(letter(1), AllOf(HasSubstr(id.text()), HasSubstr("from <stranger@far.test> to <friend@elsewhere.test>"),
                               HasSubstr("written to <list@b.test>"), HasSubstr("550 5.7.1 spam"), HasSubstr("14 days"),
                               HasSubstr("14日間")));
  EXPECT_FALSE(queue_.take().value().has_value());
}

TEST_F(KeptMailTest, what_is_about_no_domain_of_ours_goes_to_the_postmaster_of_the_server) {
  refused("somebody@primary.test");
  ASSERT_TRUE(kept_mail_.look_after());
  EXPECT_EQ(letters(0), 1U);
}

TEST_F(KeptMailTest, a_letter_a_day_and_only_of_something_new) {
  refused("list@a.test");
  ASSERT_TRUE(kept_mail_.look_after());
  UniqueId const second = refused("list@a.test");
  ASSERT_TRUE(kept_mail_.look_after());
  EXPECT_EQ(letters(0), 1U);
  world_.clock.advance(days(1));
  ASSERT_TRUE(kept_mail_.look_after());
  EXPECT_EQ(letters(0), 2U);
  EXPECT_THAT(letter(0), HasSubstr(second.text()));
  world_.clock.advance(days(1));
  ASSERT_TRUE(kept_mail_.look_after());
  EXPECT_EQ(letters(0), 2U);
}

TEST_F(KeptMailTest, a_damaged_row_holds_up_nobody) {
  kv::Batch batch;
  batch.put(kv::Table::queue, queue::kept_range().from + "?", "");
  ASSERT_TRUE(world_.committer.commit(std::move(batch)));
  UniqueId const id = refused("list@b.test");
  ASSERT_TRUE(kept_mail_.look_after());
  EXPECT_THAT(letter(1), HasSubstr(id.text()));
  EXPECT_THAT(kept_mail_.warning().value(), HasSubstr("for 1 recipients"));
}

TEST_F(KeptMailTest, it_is_given_up_in_the_end_and_the_journal_says_so) {
  UniqueId const id = refused("list@a.test");
  world_.clock.advance(days(13));
  UniqueId const later = refused("list@a.test");
  world_.clock.advance(days(1));
  ASSERT_TRUE(kept_mail_.look_after());
  EXPECT_THAT(kept(), ElementsAre(later.text()));
  std::vector<std::string> verdicts;
  for (journal::Entry const& entry : journal_.search({.about = id}).value().entries) verdicts.push_back(entry.verdict);
  EXPECT_THAT(verdicts, Contains("discarded"));
}

TEST_F(KeptMailTest, of_too_many_the_newest_are_kept) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(refused("list@a.test").text());
    world_.clock.advance(std::chrono::seconds(1));
  }
  ASSERT_TRUE(kept_mail_.look_after());
  EXPECT_THAT(kept(), ElementsAre(ids[2], ids[3], ids[4]));
}

TEST_F(KeptMailTest, an_administrator_decides) {
  UniqueId const id = refused("list@a.test");
  EXPECT_EQ(act(id, {queue::Outgoing::Verb::hold}), 0U);
  EXPECT_EQ(act(id, {queue::Outgoing::Verb::retry}), 0U);
  EXPECT_EQ(act(id, {queue::Outgoing::Verb::release}), 1U);
  EXPECT_EQ(kept_rows(), 0U);
  std::optional<queue::Job> job = queue_.take().value();
  ASSERT_TRUE(job.has_value());
  std::vector<smtp::Outcome> outcomes{smtp::Failed{{{5, 1, 1}, "550 no", "mx", ""}}};
  ASSERT_TRUE(queue_.settle(*std::move(job), outcomes, queue::Reached::yes, {}).wait());
  EXPECT_EQ(kept_rows(), 1U);
  EXPECT_EQ(act(id, {queue::Outgoing::Verb::redirect, smtp::ForwardPath(address("x@else.test"))}), 1U);
  EXPECT_EQ(queue_.take().value()->destination, "else.test");
  EXPECT_EQ(kept_rows(), 0U);
}

TEST_F(KeptMailTest, what_an_administrator_bounces_or_removes_is_gone) {
  UniqueId const bounced = refused("list@a.test");
  EXPECT_EQ(act(bounced, {queue::Outgoing::Verb::bounce}), 1U);
  std::optional<queue::Job> job = queue_.take().value();
  ASSERT_TRUE(job.has_value());
  std::vector<smtp::Outcome> outcomes{smtp::Failed{{{5, 0, 0}, "", "", "given up"}}};
  ASSERT_TRUE(queue_.settle(*std::move(job), outcomes, queue::Reached::yes, {}).wait());
  UniqueId const removed = refused("list@a.test");
  EXPECT_EQ(act(removed, {queue::Outgoing::Verb::remove}), 1U);
  EXPECT_EQ(kept_rows(), 0U);
  EXPECT_FALSE(kept_mail_.warning().has_value());
}

TEST_F(KeptMailTest, what_somebody_who_has_logged_in_wants_to_know_nothing_of_is_not_kept) {
  refused("list@a.test", "friend@elsewhere.test", "submission");
  EXPECT_EQ(kept_rows(), 0U);
}

}  // namespace
}  // namespace yubin::deliver
