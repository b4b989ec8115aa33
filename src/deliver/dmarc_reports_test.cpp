// Which domains get a report on DMARC, when, and what it says.
#include "deliver/dmarc_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deliver/report_world.h"
#include "report/documents.h"
#include "tests/kit/memory_directory.h"

namespace yubin::deliver {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view kZone = R"($ORIGIN example.
a.example._report._dmarc.reports TXT "v=DMARC1"
; !fail a.example._report._dmarc.broken.example. SERVFAIL
)";

class DmarcReportsTest : public ReportWorld {
 protected:
  DmarcReportsTest() : ReportWorld(kZone) {}

  static report::Seen seen(std::string const& source, std::string const& uri, std::string const& domain = "a.example") {
    return {.policy = {.domain = domain, .p = "reject"},
            .uris = {uri},
            .record = {.source = IpAddress::parse(source).value(), .count = 1, .header_from = domain}};
  }
  void count(report::Seen const& one) {
    kv::Batch batch;
    kv::Row const row = seen_row(one, world_.ids.next());
    batch.put(kv::Table::queue, row.key, row.value);
    ASSERT_TRUE(world_.committer.commit(std::move(batch)).has_value());
  }
  std::size_t rows() { return ReportWorld::rows(dmarc_counts_range()); }
  // What upkeep does in an hour.
  void send() { go_round(reports_); }
  // The report in the message that is due, and to whom it goes.
  std::pair<std::string, report::AggregateReport> sent() {
    std::optional<queue::Job> const job = queue_.take().value();
    if (!job) return {};
    std::string const text = text_of(*job);
    report::Documents const found = report::find_documents(text);
    EXPECT_THAT(found.found, SizeIs(1));
    EXPECT_EQ(job->message.service, kDmarcReportService);
    EXPECT_THAT(text, HasSubstr("Subject: Report Domain: a.example\r\n Submitter: mx.us.test\r\n Report-ID: <"));
    return {job->recipients.front().row.recipient.path.text(),
            report::parse_aggregate(found.found.front().bytes).value()};
  }

  DmarcReports reports_{services()};
};

TEST_F(DmarcReportsTest, a_day_is_reported_when_it_is_over) {
  count(seen("192.0.2.1", "mailto:r@a.example"));
  count(seen("192.0.2.1", "mailto:r@a.example"));
  send();
  count(seen("192.0.2.1", "mailto:r@a.example"));
  count(seen("192.0.2.2", "mailto:r@a.example"));
  send();
  EXPECT_EQ(rows(), 4U);
  EXPECT_FALSE(queue_.take().value().has_value());
  next_day();
  send();
  EXPECT_EQ(rows(), 0U);
  auto const [to, report] = sent();
  EXPECT_EQ(to, "<r@a.example>");
  EXPECT_EQ(report.organization, "us.test");
  EXPECT_EQ(report.policy.p, "reject");
  EXPECT_EQ(report.end - report.begin, 86399);
  ASSERT_THAT(report.records, SizeIs(2));
  EXPECT_EQ(report.records[0].count, 3U);
  EXPECT_EQ(report.records[1].count, 1U);
}

// Who has got it knows it by its id.
TEST_F(DmarcReportsTest, a_report_that_goes_out_again_is_the_same) {
  count(seen("192.0.2.1", "mailto:r@a.example"));
  next_day();
  faults_.arm(1, kv::FaultMode::nothing_done);  // the report is in the queue, and the rows are not gone
  Result<Turn> turn = Turn::more;
  while (turn && *turn == Turn::more) turn = reports_.send_one();
  EXPECT_FALSE(turn);
  EXPECT_EQ(rows(), 1U);
  faults_.disarm();
  send();
  send();
  EXPECT_EQ(rows(), 0U);
  std::optional<queue::Job> const first = queue_.take().value();
  std::optional<queue::Job> const second = queue_.take().value();
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->id, second->id);
  EXPECT_EQ(text_of(*first), text_of(*second));
}

TEST_F(DmarcReportsTest, messages_that_come_in_over_midnight_are_waited_for) {
  count(seen("192.0.2.1", "mailto:r@a.example"));
  world_.clock.advance(2h);  // it was 22:13
  send();
  EXPECT_EQ(rows(), 1U);
  world_.clock.advance(1h);
  send();
  EXPECT_EQ(rows(), 0U);
}

// By the queue it would come back: this server is the domain's MX.
TEST_F(DmarcReportsTest, who_lives_here_gets_it_here) {
  ASSERT_TRUE(directory_.add_domain(kit::domain("a.example")).wait());
  kv::AccountId const account = directory_.add_account({kit::address("r@a.example"), ""}).wait().value().id;
  world_.create_account(account);
  report::Seen one = seen("192.0.2.1", "mailto:r@a.example");
  for (char const* uri : {"mailto:dmarc-reports@a.example", "mailto:gone@a.example"}) one.uris.emplace_back(uri);
  count(one);
  next_day();
  send();
  EXPECT_EQ(rows(), 0U);
  EXPECT_FALSE(queue_.take().value().has_value());
  EXPECT_EQ(world_.store.find_mailbox(account, store::MailboxName::inbox()).value().value().exists, 1U);
  EXPECT_EQ(ReportWorld::rows(own_mail_range()), 1U);
}

TEST_F(DmarcReportsTest, a_day_that_is_not_over_is_reported_up_to_now_when_somebody_wants_it) {
  world_.clock.advance(1h);
  count(seen("192.0.2.1", "mailto:r@a.example"));
  reports_.include_today();
  send();
  EXPECT_EQ(rows(), 0U);
  report::AggregateReport const report = sent().second;
  EXPECT_EQ(report.end, std::chrono::floor<std::chrono::seconds>(world_.clock.now()).time_since_epoch().count());
  // Only once.
  count(seen("192.0.2.2", "mailto:r@a.example"));
  send();
  EXPECT_EQ(rows(), 1U);
}

TEST_F(DmarcReportsTest, who_did_not_agree_gets_none) {
  count(seen("192.0.2.1", "mailto:r@stranger.example"));
  count(seen("192.0.2.1", "mailto:r@reports.example", "b.example"));
  send();
  next_day();
  send();
  EXPECT_EQ(rows(), 0U);
  EXPECT_FALSE(queue_.take().value().has_value());
}

TEST_F(DmarcReportsTest, who_agreed_gets_it) {
  count(seen("192.0.2.1", "mailto:r@reports.example"));
  send();
  next_day();
  send();
  EXPECT_EQ(sent().first, "<r@reports.example>");
}

TEST_F(DmarcReportsTest, a_report_longer_than_its_reader_takes_is_not_sent) {
  count(seen("192.0.2.1", "mailto:r@a.example!1k"));
  send();
  next_day();
  send();
  EXPECT_EQ(rows(), 0U);
  EXPECT_FALSE(queue_.take().value().has_value());
}

TEST_F(DmarcReportsTest, while_dns_does_not_tell_the_counts_are_kept_for_some_days) {
  count(seen("192.0.2.1", "mailto:r@broken.example"));
  send();
  for (int day = 0; day < 3; ++day) {
    next_day();
    send();
    EXPECT_EQ(rows(), 1U) << day;
  }
  next_day();
  send();
  EXPECT_EQ(rows(), 0U);
}

TEST_F(DmarcReportsTest, a_row_that_cannot_be_read_is_passed_over) {
  count(seen("192.0.2.1", "mailto:r@a.example"));
  kv::Batch batch;
  batch.put(kv::Table::queue, dmarc_counts_range().from + std::string(5, '\0'), "");
  ASSERT_TRUE(world_.committer.commit(std::move(batch)).has_value());
  next_day();
  send();
  EXPECT_TRUE(queue_.take().value().has_value());
  EXPECT_EQ(rows(), 1U);
}

TEST(DmarcCounts, keys) {
  DmarcCountsKey const key{20'000, "a.example", UniqueId(1, 2)};
  DmarcCountsKey const back = DmarcCountsKey::decode(key.encode()).value();
  EXPECT_EQ(back.day, key.day);
  EXPECT_EQ(back.domain, key.domain);
  EXPECT_EQ(back.id, key.id);
  EXPECT_FALSE(DmarcCountsKey::decode(""));
  EXPECT_FALSE(DmarcCountsKey::decode(key.encode() + "x"));
  auto is_in = [&](kv::Range const& range) { return range.from <= key.encode() && key.encode() < range.to; };
  EXPECT_TRUE(is_in(dmarc_counts_range(20'001)) && is_in(dmarc_counts_range(20'000, "a.example")));
  EXPECT_FALSE(is_in(dmarc_counts_range(20'000)) || is_in(dmarc_counts_range(20'000, "a.exampl")));
}

}  // namespace
}  // namespace yubin::deliver
