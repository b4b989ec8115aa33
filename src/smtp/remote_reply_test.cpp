#include "smtp/remote_reply.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "smtp/extensions.h"

namespace yubin::smtp {
namespace {

// What is found in the bytes, fed in pieces: "text" of each reply, or the fault.
std::string found(std::string_view bytes, std::size_t piece) {
  Input input;
  ReplyFramer framer;
  std::string out;
  for (;;) {
    auto step = framer.next(input);
    if (std::holds_alternative<NeedMore>(step)) {
      if (bytes.empty()) return out + "...";
      input.append(bytes.substr(0, piece));
      bytes.remove_prefix(std::min(piece, bytes.size()));
    } else if (auto const* fault = std::get_if<ReplyFramer::Fault>(&step)) {
      return out + (*fault == ReplyFramer::Fault::too_long ? "too long" : "no reply");
    } else {
      auto const& reply = std::get<RemoteReply>(step);
      out += fmt::format("[{}{}]", reply.text(), reply.status ? " = " + reply.status->text() : "");
    }
  }
}

struct ReplyRow {
  std::string bytes;
  std::string found;
};

TEST(RemoteReply, rows) {
  std::string const long_line(ReplyFramer::kMaxLine, 'x');
  std::string many;
  for (std::size_t i = 0; i < ReplyFramer::kMaxLines; ++i) many += "250-x\r\n";
  std::string much;
  for (std::size_t i = 0; i < 9; ++i) much += "250-" + std::string(4000, 'x') + "\r\n";
  ReplyRow const rows[] = {
      {"250 ok\r\n", "[250 ok]..."},
      {"250\r\n", "[250]..."},
      {"250 \r\n", "[250]..."},
      {"250-\r\n250\r\n", "[250]..."},
      {"250-a\r\n250-b\r\n250 c\r\n221 bye\r\n", "[250 a b c][221 bye]..."},
      {"250-a\n250 b\n", "[250 a b]..."},
      {"550 5.1.1 no\r\n", "[550 5.1.1 no = 5.1.1]..."},
      {"550-5.1.1 no\r\n550 5.1.1 such user\r\n", "[550 5.1.1 no such user = 5.1.1]..."},
      // RFC 2034 section 4: the class is the code's first digit.
      {"550 4.1.1 no\r\n", "[550 4.1.1 no]..."},
      {"550 5.1.1000 no\r\n", "[550 5.1.1000 no]..."},
      {"550 5.1.1: no\r\n", "[550 5.1.1: no]..."},
      {"550 5.1.1\r\n", "[550 5.1.1 = 5.1.1]..."},
      // RFC 5321 section 4.2.1 forbids it; the last one ends the reply.
      {"250-a\r\n550 b\r\n", "[550 a b]..."},
      {"250 a\x01\x7f\tb\r c\r\n", "[250 a?? b? c]..."},
      {"250 \xe3\x81\x82\r\n", "[250 \xe3\x81\x82]..."},
      {"250 \xe3\x81\r\n", "[250 ??]..."},
      {"25 ok\r\n", "no reply"},
      {"150 ok\r\n", "no reply"},
      {"650 ok\r\n", "no reply"},
      {"250ok\r\n", "no reply"},
      {"\r\n", "no reply"},
      {"250-a\r\nb\r\n", "no reply"},
      {"250 ok\r\nOK\r\n", "[250 ok]no reply"},
      {long_line, "too long"},
      {many, "..."},
      {many + "250 x\r\n", "too long"},
      {much, "too long"},
  };
  for (ReplyRow const& row : rows)
    for (std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{1} << 20})
      EXPECT_EQ(found(row.bytes, piece), row.found) << row.bytes.substr(0, 80) << " in pieces of " << piece;
}

TEST(Extensions, are_read_from_the_answer_to_ehlo) {
  RemoteReply const reply{.code = 250,
                          .lines = {"SIZE 1", "pipelining", "SIZE 35882577", "8BITMIME", "STARTTLS", "DSN", "chunking",
                                    "BINARYMIME", "SMTPUTF8", "AUTH PLAIN login", "AUTH=LOGIN CRAM-MD5",
                                    "LIMITS MAILMAX=20 RCPTMAX=100", "X-UNKNOWN a b", "PIPELINING-NOT"}};
  Extensions const expected{.pipelining = true,
                            .eight_bit_mime = true,
                            .binary_mime = true,
                            .chunking = true,
                            .smtputf8 = true,
                            .dsn = true,
                            .starttls = true,
                            .size = 35'882'577,
                            .rcpt_max = 100,
                            .mail_max = 20,
                            .mechanisms = {"PLAIN", "LOGIN", "CRAM-MD5"}};
  EXPECT_EQ(Extensions::parse(reply), expected);
}

TEST(Extensions, values_that_are_none_say_nothing) {
  RemoteReply const reply{.code = 250,
                          .lines = {"mx", "SIZE", "SIZE 0", "SIZE x", "SIZE 99999999999999999999", "LIMITS RCPTMAX=0",
                                    "LIMITS RCPTMAX", "LIMITS MAILMAX=x", "AUTH", "", " ", "=", "="}};
  EXPECT_EQ(Extensions::parse(reply), Extensions{});
}

}  // namespace
}  // namespace yubin::smtp
