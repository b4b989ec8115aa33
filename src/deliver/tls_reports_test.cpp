// Which domains get a report on TLS, and when.
#include "deliver/tls_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deliver/report_world.h"
#include "report/documents.h"

namespace yubin::deliver {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::string_view kZone = R"($ORIGIN test.
_smtp._tls.a TXT "v=TLSRPTv1; rua=mailto:reports@a.test"
quiet A 192.0.2.1
; !fail _smtp._tls.broken.test. SERVFAIL
)";

class TlsReportsTest : public ReportWorld {
 protected:
  TlsReportsTest() : ReportWorld(kZone) {}

  std::size_t rows() { return ReportWorld::rows(tls_report_range()); }
  // What upkeep does in an hour.
  void send() {
    ASSERT_TRUE(reports_.write().has_value());
    go_round(reports_);
  }

  // The report in the message that is due.
  std::string sent() {
    std::optional<queue::Job> const job = queue_.take().value();
    if (!job) return "";
    report::Documents const found = report::find_documents(text_of(*job));
    return found.found.empty() ? "" : found.found.front().bytes;
  }

  TlsReports reports_{services()};
};

TEST_F(TlsReportsTest, a_day_is_reported_when_it_is_over) {
  reports_.good("a.test", {});
  reports_.bad("a.test", {}, {.result = "certificate-expired"});
  send();
  EXPECT_EQ(rows(), 1U);
  EXPECT_FALSE(queue_.take().value().has_value());
  next_day();
  send();
  EXPECT_EQ(rows(), 0U);
  std::optional<queue::Job> const job = queue_.take().value();
  ASSERT_TRUE(job.has_value());
  EXPECT_EQ(job->recipients.front().row.recipient.path.text(), "<reports@a.test>");
  EXPECT_EQ(job->message.service, kTlsReportService);
}

// Nobody has written since midnight.
TEST_F(TlsReportsTest, what_was_counted_last_is_in_the_report_and_in_no_other) {
  reports_.good("a.test", {});
  ASSERT_TRUE(reports_.write().has_value());
  reports_.good("a.test", {});
  next_day();
  while (reports_.send_one().value() == Turn::more) {
  }
  EXPECT_THAT(sent(), HasSubstr("\"total-successful-session-count\": 2"));
  send();
  EXPECT_EQ(rows(), 0U);
  EXPECT_FALSE(queue_.take().value().has_value());
}

TEST_F(TlsReportsTest, what_cannot_be_written_now_is_written_later) {
  reports_.good("a.test", {});
  next_day();
  faults_.arm(0, kv::FaultMode::nothing_done);
  EXPECT_FALSE(reports_.write());
  faults_.disarm();
  send();
  EXPECT_THAT(sent(), HasSubstr("\"total-successful-session-count\": 1"));
}

TEST_F(TlsReportsTest, a_day_that_is_not_over_is_reported_when_somebody_wants_it) {
  reports_.good("a.test", {});
  reports_.include_today();
  send();
  EXPECT_EQ(rows(), 0U);
  EXPECT_TRUE(queue_.take().value().has_value());
  // What was reported is not counted again, and the day goes on.
  reports_.good("a.test", {});
  send();
  EXPECT_EQ(rows(), 1U);
  next_day();
  send();
  std::optional<queue::Job> const job = queue_.take().value();
  ASSERT_TRUE(job.has_value());
  std::string const text = world_.bodies.read(job->message.body.id, 0, 1'000'000).value();
  report::Documents const found = report::find_documents(text);
  ASSERT_EQ(found.found.size(), 1U);
  EXPECT_THAT(found.found.front().bytes, HasSubstr("\"total-successful-session-count\": 1,"));
}

TEST_F(TlsReportsTest, who_asks_for_none_gets_none_and_is_forgotten) {
  reports_.good("quiet.test", {});
  send();
  next_day();
  send();
  EXPECT_EQ(rows(), 0U);
  EXPECT_FALSE(queue_.take().value().has_value());
}

TEST_F(TlsReportsTest, a_key_that_cannot_be_read_is_passed_over) {
  reports_.good("a.test", {});
  ASSERT_TRUE(reports_.write().has_value());
  std::string const broken = tls_report_range().from + std::string(5, '\0');
  kv::Batch batch;
  batch.put(kv::Table::queue, broken, "");
  ASSERT_TRUE(world_.committer.commit(std::move(batch)).has_value());
  next_day();
  send();
  EXPECT_TRUE(queue_.take().value().has_value());
  EXPECT_EQ(rows(), 1U);  // the broken one
}

TEST_F(TlsReportsTest, while_dns_does_not_tell_the_counts_are_kept_for_some_days) {
  reports_.good("broken.test", {});
  reports_.good("quiet.test", {});
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

}  // namespace
}  // namespace yubin::deliver
