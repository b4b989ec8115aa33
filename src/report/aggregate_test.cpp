#include "report/aggregate.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace yubin::report {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view kRecord =
    "<record><row><source_ip>192.0.2.1</source_ip><count>2</count></row>"
    "<identifiers><header_from>a.test</header_from></identifiers></record>";

std::string document(std::string_view metadata, std::string_view policy, std::string_view records = kRecord) {
  return fmt::format(
      "<feedback><report_metadata>{}</report_metadata><policy_published>{}</policy_published>{}</feedback>", metadata,
      policy, records);
}
constexpr std::string_view kMetadata = "<report_id>1</report_id><date_range><begin>1000</begin></date_range>";
constexpr std::string_view kPolicy = "<domain>a.test</domain>";

std::string why_not(std::string_view xml, AggregateLimits const& limits = {}) {
  auto const report = parse_aggregate(xml, limits);
  return report ? "" : report.error().detail;
}

TEST(Aggregate, what_is_missing_is_empty) {
  AggregateReport const report = parse_aggregate(document(kMetadata, kPolicy)).value();
  EXPECT_EQ(report.begin, 1000);
  EXPECT_EQ(report.end, 1000 + 86399);
  EXPECT_EQ(report.organization, "");
  ASSERT_THAT(report.records, SizeIs(1));
  AggregateRecord expected{.source = IpAddress::parse("192.0.2.1").value(), .count = 2, .header_from = "a.test"};
  EXPECT_EQ(report.records.front(), expected);
}

TEST(Aggregate, the_domain_may_be_that_of_its_first_record) {
  EXPECT_EQ(parse_aggregate(document(kMetadata, "")).value().policy.domain, "a.test");
}

TEST(Aggregate, without_an_id_it_has_that_of_its_bytes) {
  std::string const xml = document("<date_range><begin>1</begin></date_range>", kPolicy);
  std::string const id = parse_aggregate(xml).value().id;
  EXPECT_EQ(parse_aggregate(xml).value().id, id);
  EXPECT_NE(parse_aggregate(document("<date_range><begin>2</begin></date_range>", kPolicy)).value().id, id);
}

TEST(Aggregate, times_may_be_in_milliseconds_or_have_a_fraction) {
  auto begin = [](std::string_view text) {
    auto const report =
        parse_aggregate(document(fmt::format("<date_range><begin>{}</begin></date_range>", text), kPolicy));
    return report ? report->begin : -1;
  };
  EXPECT_EQ(begin("1795219200000"), 1795219200);
  EXPECT_EQ(begin(" 1795219200.25\n"), 1795219200);
  EXPECT_EQ(begin("18446744073709551615"), -1);
  EXPECT_EQ(begin("yesterday"), -1);
}

TEST(Aggregate, what_says_too_little_is_refused) {
  EXPECT_THAT(why_not(document("", kPolicy)), HasSubstr("for which time"));
  EXPECT_THAT(why_not(document(kMetadata, "", "")), HasSubstr("for which domain"));
  EXPECT_THAT(why_not("<html><body/></html>"), HasSubstr("no report"));
  EXPECT_THAT(why_not("not XML"), HasSubstr("broken XML in line 1"));
}

TEST(Aggregate, records_are_limited) {
  std::string records;
  for (int i = 0; i < 4; ++i) records += kRecord;
  EXPECT_EQ(why_not(document(kMetadata, kPolicy, records), {.records = 4}), "");
  EXPECT_THAT(why_not(document(kMetadata, kPolicy, records), {.records = 3}), HasSubstr("more than 3 records"));
}

TEST(Aggregate, results_of_a_record_are_limited) {
  std::string record = "<record><row><source_ip>::1</source_ip><count>1</count></row><auth_results>";
  for (int i = 0; i < 5; ++i) record += "<dkim><domain>a.test</domain></dkim>";
  record += "</auth_results></record>";
  AggregateReport const report = parse_aggregate(document(kMetadata, kPolicy, record), {.results = 3}).value();
  EXPECT_THAT(report.records.front().dkim, SizeIs(3));
}

TEST(Aggregate, prints_as_the_new_schema_has_it_and_reads_the_same) {
  AggregateReport const report{.organization = "Us & <Co>",
                               .email = "postmaster@us.test",
                               .contact = "",
                               .id = "1@us.test",
                               .begin = 1795219200,
                               .end = 1795305599,
                               .error = "two records",
                               .generator = "Yubin",
                               .policy = {"a.test", "reject", "none", "", "r", "s", "", "1:d", "y", "treewalk"},
                               .records = {{.source = IpAddress::parse("2001:db8::1").value(),
                                            .count = 3,
                                            .disposition = Disposition::reject,
                                            .overrides = {{"local_policy", "watching"}},
                                            .header_from = "b.a.test",
                                            .envelope_from = "",
                                            .envelope_to = "us.test",
                                            .dkim = {{"a.test", "s1", "", "fail", "body hash"}},
                                            .spf = {{"c.test", "", "mfrom", "softfail", ""}}},
                                           {.source = IpAddress::parse("192.0.2.1").value(),
                                            .count = 1,
                                            .disposition = Disposition::pass,
                                            .dkim_aligned = Aligned::yes,
                                            .header_from = "a.test"}}};
  std::string const xml = print_aggregate(report);
  EXPECT_THAT(xml, HasSubstr("<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n"));
  EXPECT_THAT(xml, HasSubstr("<org_name>Us &amp; &lt;Co&gt;</org_name>"));
  EXPECT_EQ(parse_aggregate(xml).value(), report);
}

}  // namespace
}  // namespace yubin::report
