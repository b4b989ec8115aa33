#include "mime/header.h"

#include <gtest/gtest.h>

namespace yubin::mime {
namespace {

// "name=value|name=value" and what is left as body.
std::string show(HeaderSection const& header) {
  std::string out;
  for (FieldView field : header) out += std::string(field.name) + "=" + field.value() + "|";
  return out;
}

struct Row {
  std::string_view message;
  std::string_view fields;
  std::string_view body;
};

class HeaderForms : public testing::TestWithParam<Row> {};

TEST_P(HeaderForms, parse) {
  Row const& row = GetParam();
  HeaderSection header = HeaderSection::parse(row.message);
  EXPECT_EQ(show(header), row.fields);
  EXPECT_EQ(row.message.substr(header.body_offset()), row.body);
  EXPECT_EQ(header.text(), row.message.substr(0, header.body_offset()));
  EXPECT_TRUE(header.complete());
  for (FieldView field : header) EXPECT_TRUE(row.message.substr(field.offset).starts_with(field.raw));
}

INSTANTIATE_TEST_SUITE_P(
    rfc5322, HeaderForms,
    testing::Values(Row{"Subject: a\r\nTo: b\r\n\r\nbody\r\n", "Subject=a|To=b|", "body\r\n"},
                    Row{"Subject: a\r\n b\r\n\tc\r\n\r\nx", "Subject=a b\tc|", "x"},  // section 2.2.3
                    Row{"Subject: a\r\n \r\n b\r\n\r\nx", "Subject=a  b|", "x"},      // obs-FWS
                    Row{"Subject : a\r\n\r\n", "Subject=a|", ""},                     // section 4.5.8
                    Row{"X:\r\nY:  \r\n\r\n", "X=|Y=|", ""}, Row{"\r\nbody", "", "body"}, Row{"", "", ""}));

INSTANTIATE_TEST_SUITE_P(
    broken, HeaderForms,
    testing::Values(Row{"Subject: a\nTo: b\n c\n\nbody\n", "Subject=a|To=b c|", "body\n"},
                    Row{"From me Mon Jan  1\nTo: b\n\nx", "To=b|", "x"},                        // mbox
                    Row{"Subject: a\r\nrest of it\r\nTo: b\r\n\r\nx", "Subject=a|To=b|", "x"},  // broken fold
                    Row{"Subject: a\r\nhello world\r\nmore\r\n", "Subject=a|", "hello world\r\nmore\r\n"},
                    Row{"Subject: a\r\nhello\r\n\r\nmore\r\n", "Subject=a|", "hello\r\n\r\nmore\r\n"},
                    Row{"Subject: a\r\nhello", "Subject=a|", "hello"},
                    Row{"Subject: a\r\nhello\r\n there\r\n\r\n", "Subject=a|", "hello\r\n there\r\n\r\n"},
                    Row{"Subject: a\r\n--b\r\nTo: c\r\n", "Subject=a|", "--b\r\nTo: c\r\n"},
                    Row{" a: b\r\nTo: c\r\n\r\n", "To=c|", ""}, Row{"To: c", "To=c|", ""},
                    Row{"Subject: a\rb\r\n\r\n", "Subject=a b|", ""},
                    Row{"\xe3\x81: a\r\nTo: b\r\n\r\n", "To=b|", ""}));

TEST(Header, finds_fields_without_case) {
  HeaderSection header = HeaderSection::parse("to: a\r\nCC: b\r\nTO: c\r\n\r\n");
  EXPECT_EQ(header.find_first("To")->value(), "a");
  EXPECT_EQ(header.find_all("To").size(), 2u);
  EXPECT_EQ(header.find_all("To")[1].raw, "TO: c\r\n");
  EXPECT_FALSE(header.find_first("Subject"));
}

TEST(Header, nuls_at_the_ends_of_a_value_go_like_white_space) {
  using namespace std::string_literals;
  HeaderSection header = HeaderSection::parse("Subject:\0\0 a\0b \0\r\n \0\r\n\r\n"s);
  EXPECT_EQ(header.find_first("Subject")->value(), "a b");
  EXPECT_EQ(unfold("\0 \0"s), "");
}

TEST(Header, nul_in_a_value_becomes_a_space_and_in_a_name_makes_no_field) {
  using namespace std::string_literals;
  HeaderSection header = HeaderSection::parse("Fr\0om: x\r\nFrom\0: y\r\nFrom: a\0b\r\n\r\n"s);
  EXPECT_EQ(show(header), "");
  header = HeaderSection::parse("From\0: y\r\nFrom: a\0b\r\n\r\n"s);
  EXPECT_EQ(show(header), "From=a b|");
}

TEST(Header, limits_cut_what_is_kept_but_not_where_the_body_begins) {
  std::string message = "A: " + std::string(5000, 'x') + "\r\n folded\r\nB: b\r\nC: c\r\n c\r\n\r\nbody";
  HeaderSection header = HeaderSection::parse(message, {.bytes = 1000});
  EXPECT_FALSE(header.complete());
  EXPECT_EQ(header.size(), 1u);
  EXPECT_EQ(header.text().size(), 1000u);
  EXPECT_EQ(message.substr(header.body_offset()), "body");

  header = HeaderSection::parse(message, {.fields = 2});
  EXPECT_FALSE(header.complete());
  EXPECT_EQ(header.size(), 2u);
  EXPECT_EQ(message.substr(header.body_offset()), "body");
}

}  // namespace
}  // namespace yubin::mime
