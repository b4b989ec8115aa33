// Reports on TLS (RFC 8460): what is counted, kept and told.
#include "deliver/tls_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deliver/tls_reports.h"
#include "mime/message_parser.h"

namespace yubin::deliver {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr Day kDay = 20'000;  // 2024-10-04

ReportedPolicy sts() {
  return {"sts", {"version: STSv1", "mode: testing"}, {"*.a.test"}};
}

DomainCounts some() {
  DomainCounts counts;
  count_good(counts, sts());
  count_good(counts, sts());
  count_bad(counts, sts(), {"certificate-expired", "mx.a.test", "192.0.2.1", "", "has \"expired\""});
  count_bad(counts, sts(), {"certificate-expired", "mx.a.test", "192.0.2.1", "", "has \"expired\""});
  count_bad(counts, {}, {.result = "starttls-not-supported", .host = "mx.a.test"});
  return counts;
}

TEST(TlsReport, tells_counts_for_each_policy) {
  EXPECT_EQ(tls_report_json({"us.test", "postmaster@us.test", "id1"}, kDay, "a.test", some()),
            R"({"organization-name": "us.test",
 "date-range": {"start-datetime": "2024-10-04T00:00:00Z", "end-datetime": "2024-10-04T23:59:59Z"},
 "contact-info": "postmaster@us.test",
 "report-id": "id1",
 "policies": [
    {"policy": {"policy-type": "no-policy-found", "policy-domain": "a.test"},
     "summary": {"total-successful-session-count": 0, "total-failure-session-count": 1},
     "failure-details": [{"result-type": "starttls-not-supported", "receiving-mx-hostname": "mx.a.test", "failed-session-count": 1}]},
    {"policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mode: testing"], "policy-domain": "a.test", "mx-host": ["*.a.test"]},
     "summary": {"total-successful-session-count": 2, "total-failure-session-count": 2},
     "failure-details": [{"result-type": "certificate-expired", "receiving-mx-hostname": "mx.a.test", "receiving-ip": "192.0.2.1", "failure-reason-code": "has \"expired\"", "failed-session-count": 2}]}
 ]}
)");
}

TEST(TlsReport, counts_of_several_runs_are_added) {
  DomainCounts sum = some();
  add(sum, some());
  EXPECT_EQ(sum.at(sts()).good, 4U);
  EXPECT_EQ(sum.at(sts()).bad, 4U);
  EXPECT_EQ(sum.at(sts()).failures.begin()->second, 4U);
}

TEST(TlsReport, kinds_of_failures_are_bounded) {
  DomainCounts counts;
  for (int i = 0; i < 1000; ++i) count_bad(counts, {}, {.result = "x", .why = std::to_string(i)});
  EXPECT_EQ(counts.begin()->second.bad, 1000U);
  EXPECT_EQ(counts.begin()->second.failures.size(), kMostFailures);
}

TEST(TlsReport, rows_are_read_as_they_were_written) {
  std::string const value = encode_counts(some());
  EXPECT_EQ(decode_counts(value).value(), some());
  for (std::size_t length = 0; length < value.size(); ++length) EXPECT_FALSE(decode_counts(value.substr(0, length)));
  TlsReportKey const key{kDay, "a.test", UniqueId(1, 2)};
  TlsReportKey const back = TlsReportKey::decode(key.encode()).value();
  EXPECT_EQ(back.day, key.day);
  EXPECT_EQ(back.domain, key.domain);
  EXPECT_EQ(back.run, key.run);
  auto is_in = [&](kv::Range const& range) { return range.from <= key.encode() && key.encode() < range.to; };
  EXPECT_TRUE(is_in(tls_report_range()) && is_in(tls_report_range(kDay + 1)) &&
              is_in(tls_report_range(kDay, "a.test")));
  EXPECT_FALSE(is_in(tls_report_range(kDay)) || is_in(tls_report_range(kDay, "a.tes")));
}

std::vector<std::string> addresses(std::vector<std::string> texts) {
  dns::Answer answer;
  for (std::string& text : texts) answer.records.emplace_back(dns::Txt{std::move(text)});
  std::vector<std::string> out;
  for (mime::Address const& one : report_addresses(answer)) out.push_back(one.text());
  return out;
}

TEST(TlsReportRecord, names_addresses) {
  EXPECT_THAT(addresses({"v=TLSRPTv1; rua=mailto:a@b.test,https://b.test/x, MAILTO:c@d.test;"}),
              ElementsAre("a@b.test", "c@d.test"));
  EXPECT_THAT(addresses({"other", "v=TLSRPTv1;rua=mailto:a@b.test"}), ElementsAre("a@b.test"));
  EXPECT_THAT(addresses({"v=TLSRPTv2; rua=mailto:a@b.test", "v=TLSRPTv1;", "v=TLSRPTv1; rua=mailto:nobody"}),
              ElementsAre());
}

TEST(TlsReportMail, carries_the_report_as_a_file) {
  ReportMail const mail{{"us.test", "postmaster@us.test", "id1"}, "mx.us.test", "a.test", kDay, 1'728'100'000};
  std::string const text = make_report_mail(mail, mime::Address::parse("r@a.test").value(), "{}");
  EXPECT_THAT(text, HasSubstr("filename=\"mx.us.test!a.test!1728000000!1728086399!id1.json.gz\""));
  EXPECT_THAT(text, HasSubstr("TLS-Required: No\r\n"));
  mime::MessageParser parser;
  parser.feed(text);
  mime::Part const root = std::move(parser).finish().root;
  ASSERT_EQ(root.children.size(), 2U);
  EXPECT_EQ(root.children[1].type + "/" + root.children[1].subtype, "application/tlsrpt+gzip");
}

}  // namespace
}  // namespace yubin::deliver
