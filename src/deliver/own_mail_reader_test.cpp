// Mail to addresses that the server reads itself: what is kept of reports, and where the rest goes.
#include "deliver/own_mail_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deliver/delivery_world.h"
#include "deliver/dmarc_reports.h"
#include "deliver/intake.h"
#include "deliver/tls_report.h"
#include "journal/query.h"
#include "report/gzip.h"
#include "store/held_body.h"
#include "tests/kit/memory_directory.h"

namespace yubin::deliver {
namespace {

using kit::address;
using kit::domain;
using report::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::int64_t kDay = 24 * 60 * 60;

struct Ended {};

// Each read is the server's end.
struct EndingBodies : kv::Bodies {
  Result<std::unique_ptr<kv::BodyWriter>> begin() override { return fail(Errc::internal, ""); }
  Result<std::string> read(kv::BodyId, std::uint64_t, std::size_t) const override { throw Ended(); }
  Result<> drop(kv::BodyId) override { return {}; }
};

class OwnMailReaderTest : public DeliveryWorld {
 protected:
  OwnMailReaderTest() {
    EXPECT_TRUE(directory_.add_domain(domain("b.test")).wait());
    admin_ = directory_.add_account({address("admin@b.test"), ""}).wait().value().id;
    world_.create_account(admin_);
  }

  std::int64_t now() const {
    return std::chrono::floor<std::chrono::seconds>(world_.clock.now()).time_since_epoch().count();
  }

  std::string xml(std::string_view id, std::string_view about = "b.test", std::int64_t days_later = 0) const {
    report::AggregateReport report{.organization = "reporter.test",
                                   .id = std::string(id),
                                   .begin = now() + days_later * kDay,
                                   .end = now() + days_later * kDay,
                                   .policy = {.domain = std::string(about)},
                                   .records = {}};
    report.records.push_back(
        {.source = IpAddress::parse("192.0.2.1").value(), .count = 3, .header_from = std::string(about)});
    return report::print_aggregate(report);
  }

  journal::EntryId accept(std::string const& message, std::vector<queue::LocalTarget> more = {},
                          std::string const& to = "dmarc-reports@b.test") {
    Intake intake(world_.store, HeaderFilter());
    intake.add(message);
    EXPECT_TRUE(intake.finish());
    Intake::Sealed sealed = intake.seal();
    LocalMessage local{.body = sealed.body.wait().value(),
                       .summary = std::move(sealed.summary),
                       .trace = "Received: from a by b",
                       .reverse_path = "reporter@reporter.test",
                       .targets = std::move(more),
                       .entry = {}};
    local.targets.push_back({kv::kServerAccount, to, std::string(kForReports)});
    local.entry.id = journal_.next_id();
    return delivery_.deliver(std::move(local)).wait().value();
  }
  journal::EntryId accept_report(std::string const& document) {
    return accept("MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n" + document);
  }

  void read() {
    for (int i = 0; i < 100; ++i)
      if (reader_.read_one().value() == Turn::done) return;
    FAIL() << "without end";
  }
  std::vector<kv::Row> rows(kv::Range const& range) { return engine_.scan(kv::Table::queue, range, {}).value().rows; }
  std::vector<std::string> fates(journal::EntryId about) {
    std::vector<std::string> out;
    for (journal::Entry const& entry : journal_.search({.about = about}).value().entries)
      for (journal::RecipientFate const& fate : entry.recipients) out.push_back(fate.detail);
    return out;
  }
  std::uint32_t in_inbox() {
    return world_.store.find_mailbox(admin_, store::MailboxName::inbox()).value().value().exists;
  }

  OwnMailReader reader_{{engine_, world_.committer, world_.bodies, world_.store, directory_, journal_, world_.ids,
                         world_.clock, domain("b.test"), &queue_},
                        {.keep = std::chrono::days(10)}};
  kv::AccountId admin_;
};

TEST_F(OwnMailReaderTest, a_report_becomes_rows) {
  journal::EntryId const id = accept_report(xml("1"));
  EXPECT_THAT(rows(own_mail_range()), SizeIs(1));
  read();
  EXPECT_THAT(rows(own_mail_range()), SizeIs(0));
  auto const kept = rows(report::days_range(Kind::dmarc, "b.test", report::day_of(now()), report::day_of(now())));
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(report::decode_aggregate(kept.front().value).value().records.front().count, 3U);
  EXPECT_THAT(rows(report::kind_range(Kind::name)), SizeIs(1));
  EXPECT_THAT(rows(report::names_due_range(0)), SizeIs(1));
  EXPECT_THAT(rows({"", "B"}), SizeIs(0));  // none of its tries
  EXPECT_EQ(in_inbox(), 0U);
  EXPECT_THAT(fates(id), ElementsAre(HasSubstr("DMARC report of \"reporter.test\" on b.test")));
}

TEST_F(OwnMailReaderTest, a_report_that_comes_twice_counts_once) {
  accept_report(xml("1"));
  journal::EntryId const second = accept_report(xml("1"));
  accept_report(xml("2"));
  read();
  EXPECT_THAT(rows(report::kind_range(Kind::dmarc)), SizeIs(2));
  EXPECT_THAT(fates(second), ElementsAre(HasSubstr("was here already")));
}

TEST_F(OwnMailReaderTest, what_is_no_report_goes_to_the_postmaster_with_the_reason) {
  journal::EntryId const id = accept("Subject: hello\r\n\r\nWho reads this?\r\n");
  journal::EntryId const broken = accept_report("<feedback><report_metadata>");
  read();
  EXPECT_EQ(in_inbox(), 2U);
  EXPECT_THAT(rows(own_mail_range()), SizeIs(0));
  EXPECT_THAT(fates(id), ElementsAre(HasSubstr("INBOX of admin@b.test, for it is no report that could be read: there "
                                               "is no report in it")));
  EXPECT_THAT(fates(broken), ElementsAre(HasSubstr("broken XML")));
}

TEST_F(OwnMailReaderTest, several_failure_reports_in_a_mail_are_several) {
  auto part = [](std::string_view source) {
    return fmt::format(
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: auth-failure\r\n"
        "Version: 1\r\nReported-Domain: b.test\r\nSource-IP: {}\r\n\r\n",
        source);
  };
  journal::EntryId const id = accept("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
                                     part("192.0.2.1") + part("192.0.2.2") + "--b--\r\n");
  read();
  EXPECT_THAT(fates(id), ElementsAre(testing::AllOf(HasSubstr("192.0.2.1"), HasSubstr("192.0.2.2"))));
  EXPECT_THAT(rows(report::kind_range(Kind::failure)), SizeIs(2));
}

TEST_F(OwnMailReaderTest, a_report_on_others_is_not_kept) {
  journal::EntryId const id = accept_report(xml("1", "stranger.test"));
  read();
  EXPECT_THAT(rows(report::kind_range(Kind::dmarc)), SizeIs(0));
  EXPECT_THAT(fates(id), ElementsAre(HasSubstr("\"stranger.test\", which is not ours")));
}

TEST_F(OwnMailReaderTest, a_report_on_a_domain_below_ours_is_kept_with_ours) {
  accept_report(xml("1", "mail.b.test"));
  read();
  auto const kept = rows(report::kind_range(Kind::dmarc));
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(report::RowKey::decode(kept.front().key).value().domain, "b.test");
}

TEST_F(OwnMailReaderTest, who_has_the_address_besides_gets_the_mail_too) {
  accept("MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n" + xml("1"),
         {{admin_, "dmarc-reports@b.test", "admin@b.test"}});
  read();
  EXPECT_EQ(in_inbox(), 1U);
  EXPECT_THAT(rows(report::kind_range(Kind::dmarc)), SizeIs(1));
}

TEST_F(OwnMailReaderTest, a_postmaster_elsewhere_gets_it_without_a_reverse_path) {
  EXPECT_TRUE(directory_.add_alias({address("postmaster@b.test"), {address("boss@c.test")}}).wait());
  journal::EntryId const id = accept("Subject: hello\r\n\r\nWho reads this?\r\n");
  read();
  EXPECT_EQ(in_inbox(), 0U);
  EXPECT_THAT(rows(own_mail_range()), SizeIs(0));
  EXPECT_THAT(fates(id), ElementsAre(HasSubstr("to be sent to boss@c.test, for it is no report")));
  std::optional<queue::Job> const job = queue_.take().value();
  ASSERT_TRUE(job.has_value());
  EXPECT_TRUE(job->message.reverse_path.is_null());
  EXPECT_EQ(job->recipients.front().row.recipient.path.text(), "<boss@c.test>");
  EXPECT_TRUE(job->recipients.front().row.recipient.parameters.notify.has_value());
  store::BodyRefKey const held = store::held_body_key(job->message.body.id, kOutgoingUse);
  EXPECT_TRUE(engine_.get(kv::Table::body_ref, held.encode()).value().has_value());
}

TEST_F(OwnMailReaderTest, where_a_domain_is_gone_the_default_ones_postmaster_gets_it) {
  journal::EntryId const id = accept("Subject: hello\r\n\r\nWho reads this?\r\n", {}, "dmarc-reports@gone.test");
  read();
  EXPECT_EQ(in_inbox(), 1U);
  EXPECT_THAT(fates(id), ElementsAre(HasSubstr("INBOX of admin@b.test")));
}

// It would be opened again and again.
TEST_F(OwnMailReaderTest, without_any_postmaster_it_is_discarded_and_the_journal_says_so) {
  EXPECT_TRUE(directory_.remove_account(address("admin@b.test")).wait());
  journal::EntryId const id = accept("Subject: hello\r\n\r\nWho reads this?\r\n");
  read();
  EXPECT_THAT(rows(own_mail_range()), SizeIs(0));
  EXPECT_THAT(fates(id), ElementsAre(HasSubstr("no postmaster has a mailbox")));
}

TEST_F(OwnMailReaderTest, a_mail_whose_reading_ends_the_server_is_given_up) {
  journal::EntryId const id = accept_report(xml("1"));
  EndingBodies ending;
  for (std::uint64_t i = 0; i < OwnMailReader::kTries; ++i) {
    OwnMailReader reader({engine_, world_.committer, ending, world_.store, directory_, journal_, world_.ids,
                          world_.clock, domain("b.test")},
                         {});
    EXPECT_THROW((void)reader.read_one(), Ended);
  }
  read();
  EXPECT_EQ(in_inbox(), 1U);
  EXPECT_THAT(fates(id), ElementsAre(HasSubstr("the server came to its end 2 times while it was read")));
  EXPECT_THAT(rows({"", "z"}), SizeIs(0));
}

TEST_F(OwnMailReaderTest, old_reports_are_forgotten) {
  accept_report(xml("old"));
  read();
  world_.clock.advance(std::chrono::seconds(11 * kDay));
  accept_report(xml("new"));
  read();
  auto forget = [&] {
    for (int i = 0; i < 100; ++i)
      if (reader_.forget_one().value() == Turn::done) return;
    FAIL() << "without end";
  };
  forget();
  EXPECT_THAT(rows(report::kind_range(Kind::dmarc)), SizeIs(1));
  EXPECT_THAT(rows(report::kind_range(Kind::dmarc_mark)), SizeIs(2));
  world_.clock.advance(std::chrono::seconds(100 * kDay));
  forget();
  EXPECT_THAT(rows(report::kind_range(Kind::dmarc)), SizeIs(0));
  EXPECT_THAT(rows(report::kind_range(Kind::dmarc_mark)), SizeIs(0));
  EXPECT_THAT(rows(report::kind_range(Kind::size)), SizeIs(0));
  EXPECT_THAT(rows(report::kind_range(Kind::name)), SizeIs(0));
}

// The setting was turned off meanwhile.
TEST_F(OwnMailReaderTest, counts_that_nobody_sends_are_forgotten) {
  report::Day const today = report::day_of(now());
  kv::Batch batch;
  for (report::Day const day : {today - 8, today - 7, today}) {
    batch.put(kv::Table::queue, DmarcCountsKey{day, "a.test", UniqueId(1, 1)}.encode(), "");
    batch.put(kv::Table::queue, TlsReportKey{day, "a.test", UniqueId(1, 1)}.encode(), "");
  }
  ASSERT_TRUE(world_.committer.commit(std::move(batch)));
  while (reader_.forget_one().value() == Turn::more) {
  }
  EXPECT_THAT(rows(dmarc_counts_range()), SizeIs(2));
  EXPECT_THAT(rows(tls_report_range()), SizeIs(2));
}

TEST_F(OwnMailReaderTest, a_report_is_about_no_day_to_come) {
  for (std::int64_t const days : {2, 1'000'000}) accept_report(xml(std::to_string(days), "b.test", days));
  read();
  EXPECT_THAT(rows(report::kind_range(Kind::dmarc)), SizeIs(0));
  EXPECT_THAT(rows(report::kind_range(Kind::dmarc_mark)), SizeIs(0));
  EXPECT_EQ(in_inbox(), 2U);
  for (std::int64_t const days : {-11, -10, 1}) accept_report(xml(std::to_string(days), "b.test", days));
  read();
  while (reader_.forget_one().value() == Turn::more) {
  }
  EXPECT_THAT(rows(report::kind_range(Kind::dmarc)), SizeIs(2));
}

TEST_F(OwnMailReaderTest, reports_on_a_domain_take_no_more_than_so_much) {
  accept_report(xml("1"));
  read();
  auto const size = report::decode_size(rows(report::kind_range(Kind::size)).at(0).value).value();
  std::uint64_t really = 0;
  for (kv::Row const& row : rows({"", "z"}))
    if (row.key[0] != static_cast<char>(Kind::size)) really += row.key.size() + row.value.size();
  EXPECT_EQ(size, really);
  OwnMailReader small({engine_, world_.committer, world_.bodies, world_.store, directory_, journal_, world_.ids,
                       world_.clock, domain("b.test")},
                      {}, {.domain = size + size / 2});
  journal::EntryId const id = accept_report(xml("2"));
  while (small.read_one().value() == Turn::more) {
  }
  EXPECT_THAT(fates(id), ElementsAre(HasSubstr("too many reports on b.test")));
  EXPECT_THAT(rows(report::kind_range(Kind::dmarc)), SizeIs(1));
}

TEST_F(OwnMailReaderTest, an_address_is_remembered_while_reports_tell_of_it) {
  accept_report(xml("1"));
  read();
  for (int i = 2; i < 6; ++i) {
    world_.clock.advance(std::chrono::days(8));
    accept_report(xml(std::to_string(i)));
    read();
    while (reader_.forget_one().value() == Turn::more) {
    }
    ASSERT_THAT(rows(report::kind_range(Kind::name)), SizeIs(1)) << i;
  }
  EXPECT_THAT(rows(report::kind_range(Kind::name_due)), SizeIs(1));
}

}  // namespace
}  // namespace yubin::deliver
