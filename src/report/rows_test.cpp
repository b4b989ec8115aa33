// The examples of docs/FORMAT.md, and that what is written is read the same.
#include "report/rows.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace yubin::report {
namespace {

std::string hex(std::string_view spaced) {
  std::string out(spaced);
  std::erase(out, ' ');
  return from_hex(out).value();
}

void expect_nothing_shorter_is_read(std::string const& value, auto decode) {
  for (std::size_t length = 0; length < value.size(); ++length) EXPECT_FALSE(decode(value.substr(0, length))) << length;
  EXPECT_FALSE(decode(value + "x"));
}

AggregateReport const kAggregate{.organization = "r",
                                 .id = "1",
                                 .begin = 1'700'000'000,
                                 .end = 1'700'000'300,
                                 .policy = {.domain = "b.test", .p = "none"},
                                 .records = {{.source = IpAddress::parse("192.0.2.5").value(),
                                              .count = 2,
                                              .disposition = Disposition::reject,
                                              .spf_aligned = Aligned::yes,
                                              .overrides = {{"other", ""}},
                                              .header_from = "b.test",
                                              .envelope_from = "",
                                              .dkim = {{"b.test", "s", "", "fail", ""}}}}};

TEST(ReportRows, keys) {
  RowKey const key{.kind = Kind::dmarc,
                   .domain = "b.test",
                   .day = 20'000,
                   .identity = from_hex("000102030405060708090a0b0c0d0e0f").value(),
                   .part = 3};
  EXPECT_EQ(key.encode(), hex("64 622e74657374 00 00004e20 000102030405060708090a0b0c0d0e0f 0003"));
  EXPECT_EQ(RowKey::decode(key.encode()).value(), key);
  EXPECT_FALSE(RowKey::decode(key.encode() + "x"));
  EXPECT_FALSE(RowKey::decode(key.encode().substr(0, 20)));
  kv::Range const day = days_range(Kind::dmarc, "b.test", 20'000, 20'000);
  EXPECT_TRUE(day.from <= key.encode() && key.encode() < day.to);
  kv::Range const before = days_range(Kind::dmarc, "b.test", 0, 19'999);
  EXPECT_GE(key.encode(), before.to);
  EXPECT_EQ(size_key("b.test", 20'000), hex("62 622e74657374 00 00004e20 00000000000000000000000000000000 0000"));
  EXPECT_EQ(name_key(IpAddress::parse("192.0.2.5").value()), hex("6e c0000205"));
  NameDue const due{1'700'000'000, IpAddress::parse("192.0.2.5").value()};
  EXPECT_EQ(due.encode(), hex("4e 000000006553f100 c0000205"));
  EXPECT_EQ(NameDue::decode(due.encode()).value().address, due.address);
  EXPECT_EQ(NameDue::decode(due.encode()).value().due, due.due);
  EXPECT_FALSE(NameDue::decode(due.encode() + "x"));
  EXPECT_TRUE(names_due_range(due.due).from <= due.encode() && due.encode() < names_due_range(due.due).to);
  EXPECT_GE(due.encode(), names_due_range(due.due - 1).to);
  for (char const* text : {"192.0.2.5", "2001:db8::1"}) {
    IpAddress const address = IpAddress::parse(text).value();
    EXPECT_EQ(decode_name_key(name_key(address)).value(), address);
  }
}

TEST(ReportRows, the_day_of_a_report_is_that_of_its_middle) {
  EXPECT_EQ(day_of(20'000 * 86400 - 1, 20'001 * 86400), 20'000U);
  EXPECT_EQ(day_of(20'000 * 86400 + 1, 20'001 * 86400 + 1), 20'000U);
  EXPECT_EQ(day_of(-5), 0U);
}

TEST(ReportRows, of_dmarc) {
  std::vector<std::string> const parts = encode_aggregate(kAggregate);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts.front(), hex("01 01 72 00 00 01 31 80c49fd50c d8c89fd50c 00 00"
                               "06 622e74657374 04 6e6f6e65 00 00 00 00 00 00 00 00 00 01"
                               "04 c0000205 02 1b 06 622e74657374 00 00 01 05 6f74686572 00"
                               "01 06 622e74657374 01 73 00 04 6661696c 00 00"));
  EXPECT_EQ(decode_aggregate(parts.front()).value(), kAggregate);
  expect_nothing_shorter_is_read(parts.front(), decode_aggregate);
}

TEST(ReportRows, a_long_report_has_several_parts_and_none_is_lost) {
  AggregateReport report = kAggregate;
  report.unreadable = 7;
  report.records.front().header_from.assign(200, 'x');
  report.records.resize(2000, report.records.front());
  std::vector<std::string> const parts = encode_aggregate(report);
  EXPECT_GT(parts.size(), 2U);
  std::size_t records = 0;
  std::uint64_t unreadable = 0;
  for (std::string const& part : parts) {
    EXPECT_LT(part.size(), kv::kMaxValue);
    AggregateReport const one = decode_aggregate(part).value();
    records += one.records.size();
    unreadable += one.unreadable;
  }
  EXPECT_EQ(records, 2000U);
  EXPECT_EQ(unreadable, 7U);
}

// Whatever a parser lets through fits into a row.
TEST(ReportRows, the_longest_record_fits) {
  std::string const word(255, 'w');
  std::string const text(1000, 't');
  AggregateReport report{.organization = text,
                         .email = text,
                         .contact = text,
                         .id = text,
                         .error = text,
                         .generator = text,
                         .policy = {word, word, word, word, word, word, word, word, word, word},
                         .records = {}};
  AggregateRecord record{.count = ~std::uint64_t{0},
                         .overrides = std::vector<Override>(AggregateLimits{}.results, Override{word, text}),
                         .header_from = word,
                         .envelope_from = word,
                         .envelope_to = word,
                         .dkim = std::vector<AuthResult>(AggregateLimits{}.results, {word, text, word, word, text}),
                         .spf = std::vector<AuthResult>(AggregateLimits{}.results, {word, text, word, word, text})};
  report.records.assign(10, record);
  for (std::string const& part : encode_aggregate(report)) EXPECT_LT(part.size(), kv::kMaxValue);
}

TEST(ReportRows, of_TLS) {
  TlsReport const report{.organization = "r",
                         .contact = "c",
                         .id = "1",
                         .begin = 1'700'000'000,
                         .end = 1'700'000'300,
                         .policies = {{.type = "sts",
                                       .domain = "b.test",
                                       .lines = {"v"},
                                       .mx = {"mx"},
                                       .good = 300,
                                       .bad = 2,
                                       .failures = {{.result = "e", .mx = "mx", .count = 2, .reason = "x"}}}}};
  std::vector<std::string> const parts = encode_tls(report);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts.front(),
            hex("01 01 72 01 63 01 31 80c49fd50c d8c89fd50c 03 737473 06 622e74657374 01 01 76 01 02 6d78"
                "ac02 02 01 01 65 00 02 6d78 00 00 00 01 78 02"));
  EXPECT_EQ(decode_tls(parts.front()).value(), report);
  expect_nothing_shorter_is_read(parts.front(), decode_tls);
}

TEST(ReportRows, of_failures_names_and_marks) {
  FailureReport const failure{.feedback_type = "auth-failure",
                              .auth_failure = "dmarc",
                              .reported_domain = "b.test",
                              .source = "192.0.2.5",
                              .arrival = 1'700'000'000,
                              .incidents = 2,
                              .subject = "x"};
  EXPECT_EQ(decode_failure(encode_failure(failure)).value(), failure);
  expect_nothing_shorter_is_read(encode_failure(failure), decode_failure);
  ReverseName const name{"mx.b.test", true, 1'700'000'000, 20'000};
  EXPECT_EQ(encode_name(name), hex("02 09 6d782e622e74657374 01 80c49fd50c 00004e20"));
  EXPECT_EQ(decode_name(encode_name(name)).value(), name);
  expect_nothing_shorter_is_read(encode_name(name), decode_name);
  ReverseName const old{"mx.b.test", true, 1'700'000'000, 0};
  EXPECT_EQ(decode_name(hex("01 09 6d782e622e74657374 01 80c49fd50c")).value(), old);
  EXPECT_EQ(encode_size(300), hex("01 ac02"));
  EXPECT_EQ(decode_size(encode_size(300)).value(), 300U);
  EXPECT_EQ(encode_mark(20'000), hex("01 00004e20"));
  EXPECT_EQ(decode_mark(encode_mark(20'000)).value(), 20'000U);
}

}  // namespace
}  // namespace yubin::report
