// RFC 6152 section 3: what a message becomes for who takes only 7-bit lines; it must say the same.
#include "mime/recoding.h"

#include <gtest/gtest.h>

#include "mime/message_parser.h"

namespace yubin::mime {
namespace {

using Channel = Planner::Channel;

Part root_of(std::string_view message) {
  MessageParser parser;
  parser.feed(message);
  return std::move(parser).finish().root;
}

Result<std::string> recoded(std::string_view message, Channel channel, std::size_t piece) {
  Part const root = root_of(message);
  Planner planner(root, channel);
  for (std::size_t at = 0; at < message.size(); at += piece) planner.feed(message.substr(at, piece));
  TRY(Recoding recoding, std::move(planner).finish());
  Recoder recoder(std::move(recoding));
  std::string out;
  for (std::size_t at = 0; at < message.size(); at += piece) recoder.feed(message.substr(at, piece), out);
  recoder.finish(out);
  return out;
}

// Whole and byte by byte.
std::string recoded(std::string_view message, Channel channel = Channel::seven_bit) {
  Result<std::string> const whole = recoded(message, channel, message.size());
  Result<std::string> const single = recoded(message, channel, 1);
  if (!whole) return whole.error().detail;
  EXPECT_EQ(*whole, single.value());
  return *whole;
}

// The decoded bodies of all leaves.
void add_contents(Part const& part, std::string_view message, std::vector<std::string>& out) {
  if (part.kind == Part::Kind::leaf)
    out.push_back(decode_transfer(message.substr(part.body_begin, part.size()), transfer_encoding(part.encoding)));
  for (Part const& child : part.children) add_contents(child, message, out);
}
std::vector<std::string> contents(std::string_view message) {
  std::vector<std::string> out;
  add_contents(root_of(message), message, out);
  return out;
}

LineScan scan(std::string_view bytes) {
  LineScan out;
  out.feed(bytes);
  return out;
}

TEST(Recoding, leaves_alone_what_is_7_bit) {
  std::string const message = "Subject: x\r\nContent-Type: text/plain\r\n\r\nplain = text \r\n";
  EXPECT_EQ(recoded(message), message);
}

TEST(Recoding, keeps_text_with_some_8_bit_readable) {
  EXPECT_EQ(recoded("MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\nSubject: x\r\n\r\n"
                    "a plain line\r\ncaf\xc3\xa9 = good \r\n"),
            "MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\nSubject: x\r\n\r\n"
            "a plain line\r\ncaf=C3=A9 =3D good=20\r\n");
}

TEST(Recoding, makes_other_text_and_other_things_base64) {
  EXPECT_EQ(recoded("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xe9\x83\xb5\xe4\xbe\xbf\r\n"),
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n6YO15L6/DQo=\r\n");
  EXPECT_EQ(
      recoded("MIME-Version: 1.0\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: 8BIT\r\n\r\nabcdefgh\xff"),
      "MIME-Version: 1.0\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJjZGVmZ2j/\r\n");
}

// RFC 1428 section 3
TEST(Recoding, says_so_when_nobody_told_the_charset) {
  EXPECT_EQ(recoded("Subject: x\r\n\r\nten letters \xe9\r\n"),
            "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=unknown-8bit\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\nten letters =E9\r\n");
}

TEST(Recoding, changes_only_the_parts_that_need_it) {
  std::string const message =
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
      "--b\r\n\r\nplain\r\n"
      "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>caf\xc3\xa9 and more</p>\r\n"
      "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nin\xc3\xa9ner text is here\r\n"
      "--b--\r\n";
  std::string const out = recoded(message);
  EXPECT_FALSE(scan(out).eight_bit());
  EXPECT_EQ(contents(out), contents(message));
  EXPECT_TRUE(out.contains("boundary=b\r\nContent-Transfer-Encoding: 7bit\r\n\r\n--b\r\n\r\nplain\r\n--b")) << out;
}

TEST(Recoding, breaks_long_lines_without_loss) {
  std::string japanese = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n";
  for (int i = 0; i < 5000; ++i) japanese += "\x1b$B4A\x1b(B";
  japanese += "\r\n";
  std::string const out = recoded(japanese, Channel::eight_bit);
  EXPECT_FALSE(scan(out).too_long());
  EXPECT_EQ(contents(out), contents(japanese));
}

TEST(Recoding, to_an_8_bit_channel_leaves_8_bit_alone) {
  std::string const message = "Content-Transfer-Encoding: 8bit\r\n\r\ncaf\xc3\xa9\r\n";
  EXPECT_EQ(recoded(message, Channel::eight_bit), message);
}

TEST(Recoding, wraps_base64_that_came_in_one_line) {
  std::string const message =
      "MIME-Version: 1.0\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
      std::string(2000, 'A') + "\r\n";
  std::string const out = recoded(message, Channel::eight_bit);
  EXPECT_FALSE(scan(out).too_long());
  EXPECT_EQ(contents(out), contents(message));
}

TEST(Recoding, of_a_signed_part_is_refused) {
  EXPECT_EQ(recoded("Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
                    "caf\xc3\xa9\r\n--b--\r\n"),
            "a part that is signed or encrypted cannot be encoded in another way");
  EXPECT_EQ(recoded("Content-Transfer-Encoding: x-uuencode\r\n\r\n\xc3\xa9\r\n"),
            "a part of type text/plain cannot be encoded in another way");
}

TEST(LineScan, counts_a_line_without_its_end) {
  EXPECT_FALSE(scan(std::string(998, 'x') + "\r\n" + std::string(998, 'y')).too_long());
  EXPECT_TRUE(scan(std::string(999, 'x')).too_long());
  EXPECT_TRUE(scan(std::string(998, 'x') + "\r\r\n").too_long());
}

}  // namespace
}  // namespace yubin::mime
