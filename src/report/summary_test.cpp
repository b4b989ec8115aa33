// From rows to a page.
#include "report/summary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kv/memory_key_value.h"
#include "report/page.h"

namespace yubin::report {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr Day kFirst = 20'000;  // 2024-10-04

class SummaryTest : public testing::Test {
 protected:
  void put(kv::Batch batch) {
    std::vector<kv::Batch const*> const batches{&batch};
    ASSERT_TRUE(engine_.write(batches).value().front());
  }
  void put(Day day, std::string const& organization, std::vector<AggregateRecord> records) {
    AggregateReport const report{.organization = organization,
                                 .id = std::to_string(++id_),
                                 .begin = std::int64_t{day} * 86400,
                                 .end = std::int64_t{day} * 86400 + 86399,
                                 .policy = {.domain = "b.test"},
                                 .records = std::move(records)};
    RowKey key{.kind = Kind::dmarc, .domain = "b.test", .day = day, .identity = identity_of(organization, report.id)};
    kv::Batch batch;
    for (std::string& part : encode_aggregate(report)) {
      batch.put(kv::Table::queue, key.encode(), std::move(part));
      ++key.part;
    }
    put(std::move(batch));
  }
  void put_name(std::string const& address, ReverseName const& name) {
    kv::Batch batch;
    batch.put(kv::Table::queue, name_key(IpAddress::parse(address).value()), encode_name(name));
    put(std::move(batch));
  }
  static AggregateRecord record(std::string const& address, std::uint64_t count, Aligned dkim, Aligned spf) {
    return {.source = IpAddress::parse(address).value(),
            .count = count,
            .dkim_aligned = dkim,
            .spf_aligned = spf,
            .header_from = "b.test"};
  }
  DmarcSummary summary(Day from = kFirst, Day to = kFirst + 10) {
    return summarize_dmarc(engine_, "b.test", from, to).value();
  }

  kv::MemoryKeyValue engine_;
  int id_ = 0;
};

constexpr Aligned kYes = Aligned::yes;
constexpr Aligned kNo = Aligned::no;

TEST_F(SummaryTest, counts_by_source_day_and_reporter) {
  put(kFirst, "A", {record("192.0.2.1", 5, kYes, kYes), record("192.0.2.2", 2, kNo, kNo)});
  put(kFirst + 2, "B", {record("192.0.2.1", 1, kNo, kYes)});
  put(kFirst + 11, "B", {record("192.0.2.1", 100, kNo, kYes)});
  DmarcSummary const sum = summary();
  EXPECT_EQ(sum.reports, 2U);
  EXPECT_EQ(sum.records, 3U);
  EXPECT_EQ(sum.passed(), 6U);
  EXPECT_EQ(sum.failed(), 2U);
  ASSERT_THAT(sum.days, SizeIs(3));  // one of them without a report
  EXPECT_EQ(sum.days[1].passed + sum.days[1].failed, 0U);
  EXPECT_EQ(sum.reporters.at("A"), 7U);
  ASSERT_THAT(sum.sources, SizeIs(2));
  EXPECT_EQ(sum.sources[0].address.text(), "192.0.2.2");  // what fails stands first
  EXPECT_EQ(sum.sources[0].standing, Standing::unknown);
  EXPECT_EQ(sum.sources[1].messages, 6U);
  EXPECT_EQ(sum.sources[1].standing, Standing::ours);
}

TEST_F(SummaryTest, who_forwards_is_known_by_a_confirmed_name_or_by_the_reporters_word) {
  AggregateRecord said = record("192.0.2.4", 1, kNo, kNo);
  said.overrides = {{"mailing_list", ""}};
  put(kFirst, "A",
      {record("192.0.2.1", 1, kYes, kNo), record("192.0.2.2", 1, kNo, kNo), record("192.0.2.3", 1, kNo, kNo), said,
       record("192.0.2.5", 1, kYes, kNo)});
  put_name("192.0.2.1", {"mail-1.google.com", true, 1});
  put_name("192.0.2.2", {"mail-2.google.com", true, 1});
  put_name("192.0.2.3", {"mail-3.google.com", false, 1});  // says anybody of himself
  std::map<std::string, Standing> standings;
  for (Source const& one : summary().sources) standings[one.address.text()] = one.standing;
  EXPECT_EQ(standings["192.0.2.1"], Standing::forwarder);
  EXPECT_EQ(standings["192.0.2.2"], Standing::forwarder);
  EXPECT_EQ(standings["192.0.2.3"], Standing::unknown);
  EXPECT_EQ(standings["192.0.2.4"], Standing::forwarder);
  EXPECT_EQ(standings["192.0.2.5"], Standing::ours);
}

TEST_F(SummaryTest, names_of_forwarders_end_at_a_label) {
  EXPECT_TRUE(is_known_forwarder("Google.com"));
  EXPECT_TRUE(is_known_forwarder("a.google.com"));
  EXPECT_FALSE(is_known_forwarder("notgoogle.com"));
  EXPECT_FALSE(is_known_forwarder(""));
}

// Counted, not timed: each report is read once, each name asked for once.
TEST_F(SummaryTest, ten_thousand_records_are_one_pass_over_their_rows) {
  for (int report = 0; report < 100; ++report) {
    std::vector<AggregateRecord> records;
    for (int i = 0; i < 100; ++i)
      records.push_back(record("10." + std::to_string(report) + ".0." + std::to_string(i), 1, kNo, kYes));
    put(kFirst + static_cast<Day>(report) % 10, "A", std::move(records));
  }
  DmarcSummary const sum = summary();
  EXPECT_EQ(sum.records, 10'000U);
  EXPECT_EQ(sum.reports, 100U);
  EXPECT_THAT(sum.sources, SizeIs(10'000));
}

TEST_F(SummaryTest, tls_sessions_are_summed_up) {
  TlsReport const report{.organization = "A",
                         .contact = "",
                         .id = "1",
                         .policies = {{.type = "sts",
                                       .domain = "b.test",
                                       .good = 10,
                                       .bad = 3,
                                       .failures = {{.result = "certificate-expired", .mx = "mx.b.test", .count = 1},
                                                    {.result = "starttls-not-supported", .count = 2}}}}};
  for (Day day : {kFirst, kFirst + 1}) {
    kv::Batch batch;
    RowKey const key{
        .kind = Kind::tls, .domain = "b.test", .day = day, .identity = identity_of("A", fmt::to_string(day))};
    batch.put(kv::Table::queue, key.encode(), encode_tls(report).front());
    put(std::move(batch));
  }
  TlsSummary const sum = summarize_tls(engine_, "b.test", kFirst, kFirst + 1).value();
  EXPECT_EQ(sum.reports, 2U);
  EXPECT_EQ(sum.good(), 20U);
  EXPECT_EQ(sum.bad(), 6U);
  ASSERT_THAT(sum.failures, SizeIs(2));
  EXPECT_EQ(sum.failures[0].first.result, "starttls-not-supported");
  EXPECT_EQ(sum.failures[0].second, 4U);
}

TEST_F(SummaryTest, a_page_has_words_of_its_language_and_a_plot) {
  put(kFirst, "A", {record("192.0.2.1", 5, kYes, kYes), record("192.0.2.2", 2, kNo, kNo)});
  std::string const english = print_dmarc(summary(), Format::html, Language::english);
  EXPECT_THAT(english, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(english, HasSubstr("<svg "));
  EXPECT_THAT(english, HasSubstr("<title>2024-10-04: passed 5, failed 2</title>"));
  EXPECT_THAT(english, Not(HasSubstr("http")));
  std::string const japanese = print_dmarc(summary(), Format::html, Language::japanese);
  EXPECT_THAT(japanese, HasSubstr("<html lang=\"ja\">"));
  EXPECT_THAT(japanese, HasSubstr("このドメインを名乗る送信元"));
  EXPECT_THAT(print_dmarc(summary(), Format::markdown, Language::english),
              HasSubstr("| unknown | 192.0.2.2 | (not looked up yet) | 2 | 0 | 2 | 0 | 0 | b.test |"));
  EXPECT_THAT(print_dmarc(summary(), Format::json, Language::english), HasSubstr("\"standing\":\"unknown\""));
}

TEST_F(SummaryTest, what_reporters_wrote_is_text_on_the_page) {
  put(kFirst, "<script>|`", {record("192.0.2.1", 5, kYes, kYes)});
  EXPECT_THAT(print_dmarc(summary(), Format::html, Language::english), Not(HasSubstr("<script>")));
  EXPECT_THAT(print_dmarc(summary(), Format::markdown, Language::english), HasSubstr("| \\<script>\\|\\` | 5 |"));
}

TEST_F(SummaryTest, without_reports_it_says_so) {
  EXPECT_THAT(print_dmarc(summary(), Format::markdown, Language::english), HasSubstr("No reports"));
  EXPECT_THAT(print_tls(summarize_tls(engine_, "b.test", 1, 2).value(), Format::html, Language::japanese),
              HasSubstr("レポートはありません"));
}

}  // namespace
}  // namespace yubin::report
