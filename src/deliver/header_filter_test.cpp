#include "deliver/header_filter.h"

#include <gtest/gtest.h>

namespace yubin::deliver {
namespace {

HeaderFilter submitted() {
  return HeaderFilter(Completion{"today", "<1@mx>"}, OwnResults{"mx.example.test"});
}

std::string filtered(HeaderFilter filter, std::string_view message, std::size_t piece) {
  std::string out;
  for (std::size_t at = 0; at < message.size(); at += piece) out += filter.pass(std::string(message.substr(at, piece)));
  return out + filter.finish();
}

struct Row {
  std::string_view name;
  std::string_view in;
  std::string_view out;
};
void PrintTo(Row const& row, std::ostream* out) {
  *out << row.name;
}

class SubmittedHeaders : public testing::TestWithParam<Row> {};

TEST_P(SubmittedHeaders, are_completed) {
  Row const& row = GetParam();
  for (std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, row.in.size() + 1})
    EXPECT_EQ(filtered(submitted(), row.in, piece), row.out) << piece;
}

constexpr Row kRows[] = {
    {"both_missing", "A: b\r\n\r\nx\r\n", "A: b\r\nDate: today\r\nMessage-ID: <1@mx>\r\n\r\nx\r\n"},
    {"date_missing", "message-id : <a@b>\r\n\r\n", "message-id : <a@b>\r\nDate: today\r\n\r\n"},
    {"nothing_missing", "DATE: d\r\nMessage-Id: <a@b>\r\n\r\nDate: x\r\n",
     "DATE: d\r\nMessage-Id: <a@b>\r\n\r\nDate: x\r\n"},
    {"bcc", "Date: d\r\nBcc: a,\r\n b,\r\n\tc\r\nMessage-ID: m\r\n\r\nBcc: stays\r\n",
     "Date: d\r\nMessage-ID: m\r\n\r\nBcc: stays\r\n"},
    {"results_of_ours", "Authentication-Results: mx.example.test;\r\n dkim=pass\r\nDate: d\r\nMessage-ID: m\r\n\r\n",
     "Date: d\r\nMessage-ID: m\r\n\r\n"},
    {"bcc_last", "Date: d\r\nMessage-ID: m\r\nbcc:a\r\n\r\n", "Date: d\r\nMessage-ID: m\r\n\r\n"},
    {"return_path", "Return-Path: <a@b>\r\nDate: d\r\nMessage-ID: m\r\nResent-Bcc: x\r\n\r\n",
     "Date: d\r\nMessage-ID: m\r\n\r\n"},
    {"similar_names", "Bccx: a\r\nX-Bcc: b\r\nDate: d\r\nMessage-ID: m\r\n\r\n",
     "Bccx: a\r\nX-Bcc: b\r\nDate: d\r\nMessage-ID: m\r\n\r\n"},
    {"no_header", "hello\r\nworld\r\n", "Date: today\r\nMessage-ID: <1@mx>\r\n\r\nhello\r\nworld\r\n"},
    {"only_a_body", "\r\nhello\r\n", "Date: today\r\nMessage-ID: <1@mx>\r\n\r\nhello\r\n"},
    {"line_that_is_no_field", "A: b\r\nhello\r\nBcc: x\r\n",
     "A: b\r\nDate: today\r\nMessage-ID: <1@mx>\r\n\r\nhello\r\nBcc: x\r\n"},
    {"mbox_line", "From a b\r\nDate: d\r\nMessage-ID: m\r\n\r\n", "From a b\r\nDate: d\r\nMessage-ID: m\r\n\r\n"},
    {"no_body", "A: b\r\n", "A: b\r\nDate: today\r\nMessage-ID: <1@mx>\r\n"},
    {"no_line_end", "A: b", "A: b\r\nDate: today\r\nMessage-ID: <1@mx>\r\n"},
    {"empty", "", "Date: today\r\nMessage-ID: <1@mx>\r\n"},
};
INSTANTIATE_TEST_SUITE_P(rfc6409, SubmittedHeaders, testing::ValuesIn(kRows),
                         [](auto const& info) { return std::string(info.param.name); });

TEST(HeaderFilter, leaves_long_lines_alone_and_drops_long_bcc) {
  std::string const value(5000, 'x');
  std::string const rest = "Date: d\r\nMessage-ID: m\r\n\r\n";
  EXPECT_EQ(filtered(submitted(), "A: " + value + "\r\n" + rest, 700), "A: " + value + "\r\n" + rest);
  EXPECT_EQ(filtered(submitted(), "Bcc: " + value + "\r\n " + value + "\r\n" + rest, 700), rest);
}

TEST(HeaderFilter, only_looks_without_a_completion) {
  std::string const message =
      "Return-Path: <a@b>\r\nReceived: 1\r\n continued\r\nDelivered-To: Hanako@Example.test\r\nno field\r\n"
      "received : 2\r\nBcc: x\r\n\r\nReceived: in the body\r\nDelivered-To: body@example.test\r\n";
  for (std::size_t piece : {std::size_t{1}, std::size_t{5}, message.size()}) {
    HeaderFilter filter;
    std::string out;
    for (std::size_t at = 0; at < message.size(); at += piece) out += filter.pass(message.substr(at, piece));
    EXPECT_EQ(out + filter.finish(), message);
    EXPECT_EQ(filter.received(), 2U);
    EXPECT_TRUE(filter.was_delivered_to("hanako@example.test"));
    EXPECT_FALSE(filter.was_delivered_to("body@example.test"));
  }
}

// RFC 8601 section 5
TEST(HeaderFilter, leaves_out_results_that_claim_to_be_ours) {
  std::string const kept =
      "Authentication-Results: mx.other.test; spf=pass\r\nX: Authentication-Results: mx.example.test\r\nFrom: a\r\n\r\n"
      "Authentication-Results: mx.example.test; in the body\r\n";
  std::string const forged =
      "Authentication-Results: MX.example.test; dkim=pass\r\n\tdmarc=pass\r\n"
      "authentication-results :\r\n mx.example.test; none\r\n"
      "Authentication-Results: (a\r\n b) mx.example.test; none\r\n"
      "Authentication-Results: mx.other.test 2;\r\n dkim=pass\r\n"
      "Authentication-Results: mx.other.test\r\n 2; dkim=pass\r\n"
      "Authentication-Results: \"mx.example.test\" 1; none\r\n";
  for (std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{10'000}})
    EXPECT_EQ(filtered(HeaderFilter(OwnResults{"mx.example.test"}), forged + kept, piece), kept);
}

TEST(HeaderFilter, a_header_that_never_ends_holds_nothing_back) {
  HeaderFilter filter;
  std::size_t out = 0;
  std::string const field = "Delivered-To: a@b.example\r\n";
  for (int i = 0; i < 1000; ++i) out += filter.pass(field).size();
  EXPECT_EQ(out, field.size() * 1000);
}

}  // namespace
}  // namespace yubin::deliver
