#include "mime/message_parser.h"

#include <gtest/gtest.h>

namespace yubin::mime {
namespace {

Summary parse(std::string_view message, std::size_t piece, MessageLimits limits = {}) {
  MessageParser parser(limits);
  for (std::size_t at = 0; at < message.size(); at += piece) parser.feed(message.substr(at, piece));
  return std::move(parser).finish();
}

// "(mixed plain[1+3/1l] ...)": each part with header size, body size and lines.
std::string show(Part const& part) {
  std::string sizes = "[" + std::to_string(part.body_begin - part.header_begin) + "+" + std::to_string(part.size()) +
                      "/" + std::to_string(part.lines) + "]";
  std::string inside;
  for (Part const& child : part.children) inside += " " + show(child);
  if (part.kind == Part::Kind::leaf) return part.type + "/" + part.subtype + sizes;
  return "(" + part.subtype + sizes + inside + ")";
}

struct Row {
  std::string_view message;
  std::string_view tree;
};

class Messages : public testing::TestWithParam<Row> {};

TEST_P(Messages, parse_whole_and_in_pieces) {
  Row const& row = GetParam();
  Summary whole = parse(row.message, 1 << 20);
  EXPECT_EQ(show(whole.root), row.tree) << row.message;
  EXPECT_TRUE(whole.complete);
  EXPECT_EQ(whole.root.end, row.message.size());
  for (std::size_t piece : {1u, 2u, 3u, 7u, 50u}) EXPECT_EQ(parse(row.message, piece), whole) << piece;
  EXPECT_EQ(decode_summary(encode(whole)).value(), whole);
}

INSTANTIATE_TEST_SUITE_P(single, Messages,
                         testing::Values(Row{"", "text/plain[0+0/0]"},
                                         Row{"Subject: a\r\n\r\nbody\r\n", "text/plain[14+6/1]"},
                                         Row{"Subject: a\r\n\r\nbody\r\nmore", "text/plain[14+10/2]"},
                                         Row{"Subject: a\r\n\r\n", "text/plain[14+0/0]"},
                                         Row{"Subject: a", "text/plain[10+0/0]"}, Row{"\r\n\r\n", "text/plain[2+2/1]"},
                                         Row{"hello", "text/plain[0+5/1]"}, Row{"hello\r\nthere", "text/plain[0+12/2]"},
                                         Row{"Content-Type: image/PNG; x=y\r\n\r\n--x\r\n", "image/png[32+5/1]"},
                                         Row{"Content-Type: nonsense\r\n\r\n", "text/plain[26+0/0]"}));

INSTANTIATE_TEST_SUITE_P(
    multipart, Messages,
    testing::Values(
        Row{"Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: "
            "text/html\r\n\r\ntwo\r\n\r\n--b--\r\nepilogue",
            "(mixed[45+76/11] text/plain[2+3/1] text/html[27+5/1])"},
        // No empty line between a part's header and the delimiter; a part of nothing at all; an empty body.
        Row{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nA: b\r\n--b\r\n--b\r\n\r\n--b--",
            "(mixed[45+28/6] text/plain[6+0/0] text/plain[0+0/0] text/plain[2+0/0])"},
        Row{"Content-Type: multipart/alternative; boundary=\"o\"\r\n\r\n--o\r\nContent-Type: multipart/mixed; "
            "boundary=\"o-i\"\r\n\r\n--o-i\r\n\r\nx\r\n--o-i--\r\n--o  \t\r\n\r\ny\r\n--o--\r\n",
            "(alternative[53+95/11] (mixed[49+19/4] text/plain[2+1/1]) text/plain[2+1/1])"},
        Row{"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n\r\nhi\r\n--b--\r\n",
            "(digest[46+32/6] (rfc822[2+16/3] text/plain[14+2/1]))"}));

INSTANTIATE_TEST_SUITE_P(
    broken, Messages,
    testing::Values(
        // No closing delimiter at all.
        Row{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n",
            "(mixed[45+12/3] text/plain[2+5/1])"},
        // The inner multipart does not end: the outer delimiter ends it.
        Row{"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/mixed; "
            "boundary=i\r\n\r\n--i\r\n\r\nx\r\n--o\r\n\r\ny\r\n--o--\r\n",
            "(mixed[45+77/10] (mixed[45+8/3] text/plain[2+1/1]) text/plain[2+1/1])"},
        // The boundary is not named.
        Row{"Content-Type: multipart/mixed\r\n\r\nnot --this\r\n-----\r\n--b1\r\n\r\none\r\n--b1--\r\n",
            "(mixed[33+40/6] text/plain[2+3/1])"},
        // It never occurs: the text is shown.
        Row{"Content-Type: multipart/mixed; boundary=b\r\n\r\nhello\r\n--c\r\n", "text/plain[45+12/2]"},
        // After the end a delimiter means nothing.
        Row{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n",
            "(mixed[45+31/7] text/plain[2+3/1])"},
        // The empty line before the first delimiter is missing.
        Row{"Content-Type: multipart/mixed; boundary=b\r\n--b\r\n\r\none\r\n--b--\r\n",
            "(mixed[43+19/4] text/plain[2+3/1])"},
        // A message in a message that ends in its header section.
        Row{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n--b--",
            "(mixed[45+48/5] (rfc822[32+6/1] text/plain[6+0/0]))"},
        // Bare line feeds.
        Row{"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n", "(mixed[43+15/4] text/plain[1+3/1])"},
        Row{"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b-\r\n--bb\r\n --b--\r\n--b--",
            "(mixed[45+37/7] text/plain[2+23/4])"}));

INSTANTIATE_TEST_SUITE_P(
    message, Messages,
    testing::Values(
        Row{"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nhi\r\n", "(rfc822[32+19/3] text/plain[15+4/1])"},
        Row{"Content-Type: message/rfc822\r\n\r\n", "(rfc822[32+0/0] text/plain[0+0/0])"},
        Row{"Content-Type: message/rfc822\r\nhello there\r\nyou\r\n", "(rfc822[30+18/2] text/plain[0+18/2])"},
        Row{"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=",
            "application/octet-stream[67+4/1]"},
        Row{"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: "
            "multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nx\r\n--o--\r\n",
            "(mixed[45+99/9] (rfc822[32+53/5] (mixed[45+8/3] text/plain[2+1/1])))"}));

TEST(MessageParser, reads_the_fields_of_a_part) {
  std::string_view message =
      "Content-Type: TEXT/html; charset=\"ISO-2022-JP\"; format=flowed (yes)\r\n"
      "Content-Transfer-Encoding: Quoted-Printable (as it should)\r\n"
      "Content-ID: <a@b>\r\nContent-Description: a\r\n description\r\nContent-MD5: abc=\r\n"
      "Content-Disposition: ATTACHMENT;\r\n filename=\"a b.txt\"\r\nContent-Language: ja, en\r\n"
      "Content-Location: http://a/\r\n\r\nx";
  Summary summary = parse(message, 5);
  Part const& part = summary.root;
  EXPECT_EQ(part.type + "/" + part.subtype, "text/html");
  EXPECT_EQ(part.parameters, (Parameters{{"charset", "ISO-2022-JP"}, {"format", "flowed"}}));
  EXPECT_EQ(part.encoding, "quoted-printable");
  EXPECT_EQ(part.id, "<a@b>");
  EXPECT_EQ(part.description, "a description");
  EXPECT_EQ(part.md5, "abc=");
  EXPECT_EQ(part.disposition.type, "attachment");
  EXPECT_EQ(part.disposition.parameters, (Parameters{{"filename", "a b.txt"}}));
  EXPECT_EQ(part.languages, (std::vector<std::string>{"ja", "en"}));
  EXPECT_EQ(part.location, "http://a/");
  EXPECT_EQ(decode_summary(encode(summary)).value(), summary);
}

// RFC 3282 section 2; comments may stand beside any tag.
TEST(MessageParser, reads_languages) {
  using Languages = std::vector<std::string>;
  auto languages = [](std::string const& value) {
    return parse("Content-Language: " + value + "\r\n\r\n", 3).root.languages;
  };
  EXPECT_EQ(languages("ja (Japanese), en"), (Languages{"ja", "en"}));
  EXPECT_EQ(languages("(what it is in) en-GB"), (Languages{"en-GB"}));
  EXPECT_EQ(languages("en\r\n , ja"), (Languages{"en", "ja"}));
  EXPECT_EQ(languages("en,,ja,"), (Languages{"en", "ja"}));
  EXPECT_EQ(languages("\"en\" ja"), (Languages{"en", "ja"}));
  EXPECT_EQ(languages(", ,"), Languages());
}

// RFC 2045 section 6.1, with the comments of its section 5.1.
TEST(MessageParser, reads_the_transfer_encoding) {
  auto encoding = [](std::string const& value) {
    return parse("Content-Transfer-Encoding: " + value + "\r\n\r\n", 3).root.encoding;
  };
  EXPECT_EQ(encoding("BASE64"), "base64");
  EXPECT_EQ(encoding("(a comment) base64"), "base64");
  EXPECT_EQ(encoding("base64 (a comment)"), "base64");
  EXPECT_EQ(encoding("base64;"), "base64");
  EXPECT_EQ(encoding("(base64)"), "7bit");
  EXPECT_EQ(encoding("8 bit"), "8bit");
  EXPECT_EQ(encoding("base64 bit"), "base64");
  EXPECT_EQ(encoding("=?UTF-8?B?YQ==?="), "7bit");
  EXPECT_EQ(encoding(""), "7bit");
  EXPECT_EQ(encoding("\xe6\x9d\xb1"), "7bit");
}

TEST(MessageParser, envelopes_of_both_messages) {
  Summary summary = parse(
      "From: Hanako <hanako@example.test>\r\nTo: taro@example.test\r\nSubject: out\r\nMessage-ID: <1@a>\r\nX-Y: z\r\n"
      "Content-Type: message/rfc822\r\n\r\nFrom: x@y\r\nSubject: in\r\nReply-To: \r\n\r\nhi",
      3);
  ASSERT_EQ(summary.envelope.from.size(), 1u);
  EXPECT_EQ(summary.envelope.from[0].name, "Hanako");
  EXPECT_EQ(summary.envelope.shown_sender(), summary.envelope.from);
  EXPECT_EQ(summary.envelope.subject, "out");
  EXPECT_FALSE(summary.envelope.in_reply_to);
  ASSERT_TRUE(summary.root.envelope);
  EXPECT_EQ(summary.root.envelope->subject, "in");
  EXPECT_EQ(summary.root.envelope->shown_reply_to()[0].domain, "y");
  EXPECT_EQ(summary.fields,
            "From: Hanako <hanako@example.test>\r\nTo: taro@example.test\r\nSubject: out\r\nMessage-ID: <1@a>\r\n"
            "Content-Type: message/rfc822\r\n");
  EXPECT_EQ(decode_summary(encode(summary)).value(), summary);
}

// A second author must be seen wherever he hides; of other fields the first counts.
TEST(MessageParser, repeated_fields) {
  Summary summary =
      parse("From: a@b\r\nfrom : c@d (<e@f>)\r\nSubject: x\r\nSubject: y\r\nTo: g@h\r\nTo: i@j\r\n\r\n", 9);
  ASSERT_EQ(summary.envelope.from.size(), 2u);
  EXPECT_EQ(summary.envelope.from[1].domain, "d");
  EXPECT_EQ(summary.envelope.subject, "x");
  EXPECT_EQ(summary.envelope.to.size(), 2u);
}

// The example of RFC 9051 section 6.4.5.1.
TEST(MessageParser, finds_parts_by_number) {
  auto part = [](std::string type, std::string body) { return "Content-Type: " + type + "\r\n\r\n" + body; };
  auto multi = [&](std::string boundary, std::vector<std::string> parts) {
    std::string body;
    for (std::string const& p : parts) body.append("--").append(boundary).append("\r\n").append(p).append("\r\n");
    return part("multipart/mixed; boundary=" + boundary, body + "--" + boundary + "--\r\n");
  };
  std::string inner = multi("c", {part("text/plain", "4.2.2.1"), part("text/richtext", "4.2.2.2")});
  std::string message = multi(
      "a", {part("text/plain", "1"), part("application/octet-stream", "2"),
            part("message/rfc822", multi("b3", {part("text/plain", "3.1"), part("application/octet-stream", "3.2")})),
            multi("b4", {part("image/gif", "4.1"),
                         part("message/rfc822", multi("b42", {part("text/plain", "4.2.1"), inner}))})});
  Summary summary = parse(message, 11);
  auto body = [&](std::vector<std::uint32_t> number) {
    Part const* found = find_part(summary.root, number);
    return found == nullptr ? "none" : message.substr(found->body_begin, found->size());
  };
  EXPECT_EQ(body({1}), "1");
  EXPECT_EQ(body({2}), "2");
  EXPECT_EQ(body({3, 1}), "3.1");
  EXPECT_EQ(body({3, 2}), "3.2");
  EXPECT_EQ(body({4, 1}), "4.1");
  EXPECT_EQ(body({4, 2, 1}), "4.2.1");
  EXPECT_EQ(body({4, 2, 2, 1}), "4.2.2.1");
  EXPECT_EQ(body({4, 2, 2, 2}), "4.2.2.2");
  for (std::vector<std::uint32_t> const& missing :
       std::vector<std::vector<std::uint32_t>>{{}, {0}, {5}, {1, 1}, {3, 3}, {4, 2, 2, 3}, {4, 2, 2, 1, 1}})
    EXPECT_EQ(body(missing), "none");
  EXPECT_TRUE(find_part(summary.root, std::vector<std::uint32_t>{3})->envelope);
}

TEST(MessageParser, a_message_that_is_no_multipart_is_part_1) {
  Summary summary = parse("Subject: a\r\n\r\nbody", 100);
  EXPECT_EQ(find_part(summary.root, std::vector<std::uint32_t>{1}), &summary.root);
  EXPECT_EQ(find_part(summary.root, std::vector<std::uint32_t>{2}), nullptr);
  EXPECT_EQ(find_part(summary.root, std::vector<std::uint32_t>{1, 1}), nullptr);
}

TEST(MessageParser, depth_limit_leaves_one_opaque_part) {
  std::string message = "Content-Type: message/rfc822\r\n\r\n";
  for (int i = 0; i < 14; ++i) message += message.substr(0, 32);
  Summary summary = parse(message, 1000, {.depth = 3});
  EXPECT_FALSE(summary.complete);
  EXPECT_EQ(show(summary.root), "(rfc822[32+448/28] (rfc822[32+416/26] application/octet-stream[32+384/24]))");
  EXPECT_EQ(decode_summary(encode(summary)).value(), summary);
}

TEST(MessageParser, part_limit_makes_the_rest_one_part) {
  std::string message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 10; ++i) message += "--b\r\n\r\nx\r\n";
  Summary summary = parse(message + "--b--\r\n", 7, {.parts = 4});
  EXPECT_FALSE(summary.complete);
  EXPECT_EQ(show(summary.root),
            "(mixed[45+107/31] text/plain[2+1/1] text/plain[2+1/1] application/octet-stream[0+73/23])");
}

TEST(MessageParser, long_lines_are_no_delimiters_and_need_no_memory) {
  std::string message =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--" + std::string(3000000, '-') + "\r\n--b--\r\n";
  Summary whole = parse(message, message.size());
  EXPECT_EQ(show(whole.root), "(mixed[45+3000018/4] text/plain[2+3000002/1])");
  EXPECT_EQ(parse(message, 1013), whole);
}

}  // namespace
}  // namespace yubin::mime
