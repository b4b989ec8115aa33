// Input made to cost much. Limits bound what is kept; what is not linear in time would not end here: a megabyte
// squared.
#include <gtest/gtest.h>

#include "mime/address_list.h"
#include "mime/compose.h"
#include "mime/content_type.h"
#include "mime/encoded_word.h"
#include "mime/header.h"
#include "mime/message_parser.h"
#include "mime/parameter.h"

namespace yubin::mime {
namespace {

constexpr std::size_t kMegabyte = 1 << 20;
constexpr std::size_t kMaxRecord = 240 * 1024;  // what encode(Summary) promises

std::string repeat(std::string_view piece, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += piece;
  return out;
}

// A header section and the first delimiter.
std::string open_multipart(std::string const& boundary) {
  return "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
}

Summary parse(std::string const& message) {
  MessageParser parser;
  parser.feed(message);
  return std::move(parser).finish();
}

std::size_t count(Part const& part) {
  std::size_t sum = 1;
  for (Part const& child : part.children) sum += count(child);
  return sum;
}

void expect_bounded(std::string const& message) {
  Summary summary = parse(message);
  EXPECT_FALSE(summary.complete);
  EXPECT_LE(count(summary.root), 1100u);
  std::string record = encode(summary);
  EXPECT_LE(record.size(), kMaxRecord);
  EXPECT_EQ(decode_summary(record).value(), summary);
}

class Pieces : public testing::TestWithParam<std::string_view> {};

TEST_P(Pieces, header_values_made_of_a_million_take_linear_time) {
  std::string value = repeat(GetParam(), kMegabyte);
  EXPECT_LE(parse_address_list(value).addresses.size(), 1001u);
  if (auto type = parse_content_type("a/b;" + value)) EXPECT_LE(type->parameters.size(), 100u);
  parse_disposition(value);
  EXPECT_LE(decode_header(value).text.size(), 3 * value.size());
  expect_bounded("From: " + value + "\r\nSubject: " + value + "\r\nContent-Type: " + value + "\r\n\r\nx");
}

INSTANTIATE_TEST_SUITE_P(attacks, Pieces,
                         testing::Values("a@b,", "a@b ", "<", "<a@b>", "<@a,", "<@", "(", "((x)", ")", "\"", "\\\"",
                                         "[", "[]", ":", "a:b;", ";", "=?", "=?a?q?", "=?utf-8?q?x?= ", "=?utf-8?b?x =",
                                         "\x1b$", "\x1b$B(\"\x1b(B", "\x1b", "\x95\x5c", "a=b;", "a=\"b\";", "a*0*=b;",
                                         "a=b c=", "=", "a", " ", "\xff", "=?x?q?", "?=", "a@"));

TEST(Limits, a_hundred_thousand_addresses) {
  std::string list;
  for (int i = 0; i < 100000; ++i)
    list += "User " + std::to_string(i) + " <u" + std::to_string(i) + "@example.test>,\r\n ";
  expect_bounded("From: " + list + "\r\nTo: " + list + "\r\nCc: " + list + "\r\n\r\n");
}

TEST(Limits, ten_thousand_nested_parts) {
  expect_bounded(repeat("Content-Type: message/rfc822\r\n\r\n", 10000 * 32));
  std::string multiparts;
  for (int i = 0; i < 10000; ++i) {
    std::string boundary = "b" + std::to_string(i);
    multiparts += open_multipart(boundary);
  }
  expect_bounded(multiparts);
}

TEST(Limits, a_hundred_thousand_parts) {
  std::string head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  expect_bounded(head + repeat("--b\r\n", 500000));
  std::string name(200, 'n');
  expect_bounded(head +
                 repeat("--b\r\nContent-Type: a/b; name=" + name + "; x=y\r\nContent-ID: " + name + "\r\n\r\nx\r\n",
                        kMegabyte * 4));
  std::string digest = "Content-Type: multipart/digest; boundary=b\r\n\r\n";
  expect_bounded(
      digest + repeat("--b\r\n\r\nFrom: a@b, c@d, e@f\r\nTo: g@h, , <>, <>\r\nSubject: x\r\n\r\nx\r\n", kMegabyte * 4));
}

TEST(Limits, delimiters_that_nearly_match) {
  // As many open multiparts as the depth permits, with boundaries that differ at their ends.
  std::string message;
  std::string boundary(60, 'b');
  for (int i = 0; i < 49; ++i) {
    std::string own = boundary + std::to_string(i + 10);
    message += open_multipart(own);
  }
  Summary summary = parse(message + "\r\n" + repeat("--" + boundary + "99\r\n", kMegabyte));
  EXPECT_EQ(count(summary.root), 50u);
}

TEST(Limits, a_header_of_a_million_lines) {
  expect_bounded("Subject: x\r\n" + repeat(" y\r\n", kMegabyte));
  expect_bounded(repeat("A:\r\n", kMegabyte) + "\r\nbody");
  expect_bounded("Subject: " + std::string(kMegabyte, 'x') + "\r\nTo: a@b\r\n\r\nbody");
  std::string junk = repeat("junk\r\nA:\r\n", kMegabyte) + "\r\nbody";
  EXPECT_EQ(HeaderSection::parse(junk).body_offset(), junk.size() - 4);
}

TEST(Limits, a_hundred_thousand_pieces_of_a_parameter) {
  std::string value = "attachment";
  Parameters parameters;
  for (int i = 0; i < 100000; ++i) {
    value += "; filename*" + std::to_string(i) + "*=%E6%9D%B1";
    parameters.push_back(
        {"filename*" + std::to_string(99999 - i) + "*", i == 99999 ? "utf-8''%E6%9D%B1" : "%E6%9D%B1"});
  }
  EXPECT_EQ(parse_disposition(value).parameters.size(), 100u);
  EXPECT_EQ(decode_parameter(parameters, "filename")->text.size(), 300000u);
  expect_bounded("Content-Disposition: " + value + "\r\n\r\n");
}

TEST(Limits, a_record_at_its_largest) {
  std::string text = repeat("x", 8000);
  std::string message = "Subject: " + text + "\r\nDate: " + text + "\r\nMessage-ID: " + text + "\r\n";
  for (int i = 0; i < 3; ++i) message += "To: " + repeat("a@b,", 60000) + "\r\n";
  message += "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  message +=
      repeat("--b\r\nContent-Type: a/b;c=;d=;e=;f=;g=;h=;i=\r\nContent-Language: a,b,c,d,e\r\n\r\n\r\n", kMegabyte * 2);
  expect_bounded(message);
}

}  // namespace
}  // namespace yubin::mime
