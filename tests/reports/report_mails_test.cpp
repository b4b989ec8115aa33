// Mails with reports, from their bytes to what they say: the shapes of large reporters, what other programs have
// stumbled over, and what must be refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "report/aggregate.h"
#include "report/documents.h"
#include "report/failure.h"
#include "report/tls.h"

namespace yubin::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string mail(std::string const& name) {
  std::ifstream in(std::filesystem::path(YUBIN_REPORT_MAILS) / name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<AggregateReport> aggregates(std::string const& name) {
  std::vector<AggregateReport> out;
  Documents const documents = find_documents(mail(name));
  EXPECT_THAT(documents.problems, ElementsAre());
  for (Document const& one : documents.found) {
    EXPECT_EQ(one.kind, Document::Kind::aggregate);
    auto report = parse_aggregate(one.bytes);
    EXPECT_TRUE(report) << name << ": " << report.error().detail;
    if (report) out.push_back(*std::move(report));
  }
  return out;
}

AggregateReport aggregate(std::string const& name) {
  std::vector<AggregateReport> all = aggregates(name);
  EXPECT_EQ(all.size(), 1U) << name;
  return all.empty() ? AggregateReport{} : all.front();
}

struct Shape {
  char const* file;
  char const* organization;
  char const* id;
  std::size_t records;
  std::uint64_t messages;
  std::uint64_t passed;
};

class Shapes : public testing::TestWithParam<Shape> {};

TEST_P(Shapes, are_read) {
  Shape const& shape = GetParam();
  AggregateReport const report = aggregate(shape.file);
  EXPECT_EQ(report.organization, shape.organization);
  EXPECT_EQ(report.id, shape.id);
  EXPECT_EQ(report.policy.domain, "example.test");
  EXPECT_EQ(report.policy.p, "quarantine");
  EXPECT_EQ(report.records.size(), shape.records);
  std::uint64_t messages = 0;
  std::uint64_t passed = 0;
  for (AggregateRecord const& record : report.records) {
    messages += record.count;
    if (record.passed()) passed += record.count;
  }
  EXPECT_EQ(messages, shape.messages);
  EXPECT_EQ(passed, shape.passed);
  EXPECT_EQ(report.begin / 86400, 1795219200 / 86400);
}

constexpr Shape kShapes[] = {
    {"google.eml", "big-search.example", "1029384756102938475", 2, 44, 41},
    {"microsoft.eml", "Window Mail Corp", "5f1e0c0ffee04c0aa1b2c3d4e5f60718", 2, 9, 9},
    {"yahoo.eml", "Hooray!", "1795305600.482193", 2, 13, 12},
    {"fastmail.eml", "Swift Mail Pty Ltd", "2026-11-21_example.test@swift-mail.example", 1, 5, 5},
    {"japan.eml", "郵便通信株式会社", "jp-20261121-1", 2, 13, 9},
    {"opendmarc.eml", "University of Example", "univ.example-1795305601@mx3.univ.example", 1, 2, 2},
    {"utf16.eml", "郵便通信株式会社", "jp-utf16", 2, 13, 9},
};
INSTANTIATE_TEST_SUITE_P(OfReporters, Shapes, testing::ValuesIn(kShapes));

TEST(ReportMails, are_found_under_any_label_and_in_any_container) {
  std::pair<char const*, char const*> const cases[] = {
      {"labelled_text_plain.eml", "label-1"}, {"labelled_octet_stream.eml", "label-2"},
      {"labelled_text_xml.eml", "label-3"},   {"labelled_x_zip_but_gzip.eml", "label-4"},
      {"nested_message.eml", "nested-1"},     {"nested_message_in_base64.eml", "nested-2"},
      {"zip_with_folder.eml", "folder-1"},    {"bom.eml", "bom-1"},
      {"said_utf16_is_utf8.eml", "utf-1"},    {"in_the_body_without_type.eml", "body-1"}};
  for (auto const& [file, id] : cases) {
    AggregateReport const report = aggregate(file);
    EXPECT_EQ(report.id, id) << file;
    EXPECT_EQ(report.records.size(), 2U) << file;
  }
}

TEST(ReportMails, of_several_reports_all_are_found) {
  std::vector<AggregateReport> const all = aggregates("zip_with_two.eml");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id, "two-1");
  EXPECT_EQ(all[1].id, "two-2");
}

TEST(ReportMails, a_report_that_comes_again_is_the_same) {
  EXPECT_EQ(aggregate("google.eml"), aggregate("duplicate_of_google.eml"));
}

TEST(ReportMails, tell_all_that_the_new_schema_has) {
  AggregateReport const report = aggregate("fastmail.eml");
  EXPECT_EQ(report.generator, "Reporter 3.1");
  EXPECT_EQ(report.policy.discovery_method, "treewalk");
  EXPECT_EQ(report.policy.np, "reject");
  EXPECT_EQ(report.policy.testing, "n");
  EXPECT_EQ(report.records.front().disposition, Disposition::pass);
  EXPECT_EQ(report.unreadable, 0U);  // what an extension calls a record is none
}

TEST(ReportMails, tell_why_a_policy_was_not_followed) {
  AggregateRecord const forwarded = aggregate("yahoo.eml").records.at(1);
  EXPECT_THAT(forwarded.overrides, ElementsAre(Override{"forwarded", ""}));
  AggregateRecord const other = aggregate("japan.eml").records.at(1);
  EXPECT_THAT(other.overrides, ElementsAre(Override{"other", "なりすましの疑い"}));
  EXPECT_EQ(other.envelope_from, "");
}

TEST(ReportMails, a_record_without_an_address_is_counted_as_unreadable) {
  EXPECT_EQ(aggregate("opendmarc.eml").unreadable, 1U);
}

TEST(ReportMails, bombs_are_refused_by_their_size) {
  for (char const* file : {"gzip_bomb.eml", "zip_bomb.eml"}) {
    Documents const documents = find_documents(mail(file), {.bytes = 1024 * 1024});
    EXPECT_TRUE(documents.found.empty()) << file;
    EXPECT_THAT(documents.problems, ElementsAre(HasSubstr("unpacks to more than"))) << file;
  }
}

TEST(ReportMails, a_document_that_makes_entities_is_refused) {
  Documents const documents = find_documents(mail("entity_bomb.eml"));
  ASSERT_EQ(documents.found.size(), 1U);
  auto const report = parse_aggregate(documents.found.front().bytes);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().detail, HasSubstr("document type"));
}

TEST(ReportMails, what_cannot_be_opened_is_named) {
  Documents const documents = find_documents(mail("truncated_gzip.eml"));
  EXPECT_TRUE(documents.found.empty());
  EXPECT_THAT(documents.problems, ElementsAre(HasSubstr("ends too early")));
  Documents const none = find_documents(mail("no_report.eml"));
  EXPECT_TRUE(none.found.empty() && none.problems.empty());
}

TEST(ReportMails, on_TLS_are_read) {
  std::pair<char const*, char const*> const cases[] = {{"tls_gzip.eml", "2026-11-21T00:00:00Z_example.test"},
                                                       {"tls_json.eml", "tls-2"}};
  for (auto const& [file, id] : cases) {
    Documents const documents = find_documents(mail(file));
    ASSERT_EQ(documents.found.size(), 1U) << file;
    ASSERT_EQ(documents.found.front().kind, Document::Kind::tls) << file;
    auto const report = parse_tls(documents.found.front().bytes);
    ASSERT_TRUE(report) << file << report.error().detail;
    EXPECT_EQ(report->id, id);
    EXPECT_EQ(report->begin, 1795219200);
    EXPECT_EQ(report->end, 1795305599);
    ASSERT_EQ(report->policies.size(), 1U);
    EXPECT_EQ(report->policies.front().domain, "example.test");
    EXPECT_EQ(report->policies.front().good, 12U);
    EXPECT_THAT(report->policies.front().mx, ElementsAre("mx.example.test"));
    ASSERT_EQ(report->policies.front().failures.size(), 1U);
    EXPECT_EQ(report->policies.front().failures.front().result, "certificate-expired");
  }
}

TEST(ReportMails, on_single_failures_are_read) {
  Documents const documents = find_documents(mail("failure.eml"));
  ASSERT_EQ(documents.found.size(), 1U);
  ASSERT_EQ(documents.found.front().kind, Document::Kind::failure);
  auto const report = parse_failure(documents.found.front().bytes, documents.found.front().original);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->auth_failure, "dmarc");
  EXPECT_EQ(report->reported_domain, "example.test");
  EXPECT_EQ(report->source, "203.0.113.9");
  EXPECT_EQ(report->mail_from, "someone@elsewhere.example");
  EXPECT_EQ(report->incidents, 2U);
  EXPECT_EQ(report->arrival, 1795222800);
  EXPECT_EQ(report->from, "請求機関 <billing@example.test>");
  EXPECT_EQ(report->subject, "請求書");
  EXPECT_EQ(report->message_id, "<forged@elsewhere.example>");
}

}  // namespace
}  // namespace yubin::report
