#include "mime/compose.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "mime/encoded_word.h"
#include "mime/header.h"
#include "mime/message_parser.h"
#include "mime/parameter.h"
#include "mime/transfer.h"

namespace yubin::mime {
namespace {

Address address(std::string_view text) {
  return Address::parse(text).value();
}

void expect_short_ascii_lines(std::string_view text) {
  for (std::string_view line : split(text, '\n')) {
    EXPECT_LE(line.size(), 79u) << line;
    for (char c : line) EXPECT_LT(static_cast<unsigned char>(c), 0x80) << line;
  }
}

TEST(Compose, text_fields_come_back) {
  std::string long_japanese;
  for (int i = 0; i < 5000; ++i) long_japanese += i % 7 == 0 ? "a" : "東";
  std::string words;
  for (int i = 0; i < 100; ++i) words += "word" + std::to_string(i) + " ";
  words.pop_back();
  for (std::string const& text :
       {std::string("plain"), std::string("郵便のお知らせ"), long_japanese, words, std::string("a =?utf-8?q?b?= c"),
        std::string(500, 'x'), std::string(), std::string("Re: 件名")}) {
    std::string field = text_field("Subject", text);
    expect_short_ascii_lines(field);
    HeaderSection header = HeaderSection::parse(field);
    ASSERT_EQ(header.size(), 1u);
    EXPECT_EQ(decode_header(header[0].value()).text, text);
  }
}

TEST(Compose, text_cannot_add_fields) {
  EXPECT_EQ(text_field("Subject", "a\r\nBcc: b"), "Subject: a  Bcc: b\r\n");
  EXPECT_EQ(HeaderSection::parse(text_field("Subject", "東\nBcc: b")).size(), 1u);
}

TEST(Compose, address_fields_come_back) {
  std::vector<Correspondent> people = {
      {"Hanako", address("hanako@example.test")},
      {"山田 花子（総務部人事課採用担当・東京本社ビル十二階）", address("h@example.test")},
      {"Taro \"T.\" Yamada, Jr.", address("taro@example.test")},
      {"", address("\"a b\"@example.test")}};
  std::string field = address_field("To", people);
  expect_short_ascii_lines(field);
  AddressList list = parse_address_list(HeaderSection::parse(field)[0].value()).addresses;
  ASSERT_EQ(list.size(), people.size());
  for (std::size_t i = 0; i < people.size(); ++i) {
    EXPECT_EQ(decode_header(list[i].name).text, people[i].name);
    EXPECT_EQ(to_address(list[i]).value(), people[i].address);
  }
}

TEST(Compose, a_message_with_everything_comes_back) {
  Draft draft{.from = {"花子", address("hanako@example.test")},
              .to = {{"", address("taro@example.test")}},
              .subject = "添付ファイルの件",
              .date = parse_internal_date("17-Jul-2024 02:44:25 +0900").value(),
              .message_id = "<1@example.test>",
              .more_fields = {{"X-Note", "メモ"}},
              .text = "本文です。\nFrom here\n--\n.\n",
              .html = "<p>Caf\xc3\xa9 with a rather long line that has to be broken somewhere, doesn't it, surely?</p>",
              .attachments = {{"image/png", "写真.png", std::string("\x89PNG\0\xff", 6)},
                              {"application/pdf", "a \"b\".pdf", std::string(1000, 'x')},
                              {"text/plain", std::string(300, 'n') + "請求書.txt", "x"}}};
  std::string message = make_message(draft);
  expect_short_ascii_lines(message);
  MessageParser parser;
  parser.feed(message);
  Summary summary = std::move(parser).finish();
  EXPECT_EQ(decode_header(summary.envelope.subject.value()).text, draft.subject);
  EXPECT_EQ(decode_header(summary.envelope.from.at(0).name).text, "花子");

  auto body = [&](std::vector<std::uint32_t> number) {
    Part const* part = find_part(summary.root, number);
    std::string_view encoded = std::string_view(message).substr(part->body_begin, part->size());
    return decode_transfer(encoded, transfer_encoding(part->encoding));
  };
  EXPECT_EQ(body({1, 1}), "本文です。\r\nFrom here\r\n--\r\n.\r\n");
  EXPECT_EQ(body({1, 2}), draft.html + "\r\n");
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(body({i + 2}), draft.attachments[i].bytes);
    Part const* part = find_part(summary.root, std::vector{i + 2});
    EXPECT_EQ(decode_parameter(part->parameters, "name")->text, draft.attachments[i].name);
    EXPECT_EQ(decode_file_name(*part)->text, draft.attachments[i].name);
  }
}

TEST(Compose, plain_text_stays_readable) {
  Draft draft{.from = {"", address("a@b")},
              .to = {{"", address("c@d")}},
              .subject = "hi",
              .date = {},
              .message_id = "<1@b>",
              .text = "hello\nthere"};
  EXPECT_TRUE(
      make_message(draft).ends_with("\r\nContent-Type: text/plain; charset=us-ascii\r\n"
                                    "Content-Transfer-Encoding: 7bit\r\n\r\nhello\r\nthere\r\n"));
}

}  // namespace
}  // namespace yubin::mime
