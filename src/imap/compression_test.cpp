#include "imap/compression.h"

#include <gtest/gtest.h>

#include "tests/kit/imap_server.h"

namespace yubin::imap {
namespace {

// All that these bytes stand for.
std::string inflated(Compression& reader, std::string_view bytes) {
  reader.receive(bytes);
  std::string out;
  while (reader.has_input()) {
    Result<std::string> piece = reader.inflate();
    if (!piece) return "no stream";
    EXPECT_LE(piece->size(), Compression::kPiece);
    out += *piece;
  }
  return out;
}

TEST(Compression, what_is_deflated_is_inflated_piece_by_piece) {
  Compression writer;
  Compression whole;
  Compression by_bytes;
  for (std::string const& text : {std::string("a NOOP\r\n"), std::string(), std::string(300'000, 'x'),
                                  std::string("a NOOP\r\n"), std::string(1, '\0')}) {
    std::string const deflated = writer.deflate(text);
    EXPECT_EQ(inflated(whole, deflated), text);
    std::string together;
    for (char c : deflated) together += inflated(by_bytes, {&c, 1});
    EXPECT_EQ(together, text);
  }
}

TEST(Compression, a_few_bytes_stand_for_one_piece_at_a_time) {
  Compression writer;
  Compression reader;
  std::string const bomb = writer.deflate(std::string(10'000'000, '\0'));
  ASSERT_LT(bomb.size(), 100'000U);
  reader.receive(bomb);
  EXPECT_EQ(reader.inflate().value().size(), Compression::kPiece);
  EXPECT_TRUE(reader.has_input());
}

TEST(Compression, what_is_no_stream_is_refused) {
  Compression reader;
  EXPECT_EQ(inflated(reader, "a NOOP\r\n\xff\xff\xff"), "no stream");
}

TEST(Compression, what_came_before_the_flaw_is_understood) {
  for (std::string const& flaw : {std::string("\xff\xff"), std::string("\x03\0", 2)}) {  // no block; the stream's end
    Compression writer;
    Compression reader;
    reader.receive(writer.deflate("a NOOP\r\n") + flaw);
    EXPECT_EQ(reader.inflate().value(), "a NOOP\r\n");
    ASSERT_TRUE(reader.has_input());
    EXPECT_EQ(reader.inflate().error().code, Errc::syntax);
  }
}

class CompressedSession : public testing::TestWithParam<std::size_t> {
 public:
  CompressedSession() {
    connection.talk("l LOGIN hanako@example.test secret\r\n");
    EXPECT_EQ(connection.talk("c COMPRESS DEFLATE\r\n"), "c OK DEFLATE is active from now on.\r\n");
  }
  std::string talk(std::string_view text) { return inflated(client, connection.talk(client.deflate(text))); }

  kit::ImapServer server;
  kit::ImapConnection connection{server, Connection::Tls::on, GetParam()};
  Compression client;
};

TEST_P(CompressedSession, speaks_as_before) {
  EXPECT_EQ(talk("a NOOP\r\n"), "a OK Completed.\r\n");
  std::string const message = "Subject: x\r\n\r\n" + std::string(200'000, 'x') + "\r\n";
  std::string const appended =
      talk("b APPEND INBOX {" + std::to_string(message.size()) + "+}\r\n" + message + "\r\ns SELECT INBOX\r\n");
  EXPECT_NE(appended.find("b OK [APPENDUID"), std::string::npos) << appended;
  std::string const fetched = talk("f FETCH 1 BODY[]\r\n");
  EXPECT_NE(fetched.find(message), std::string::npos);
  EXPECT_TRUE(fetched.ends_with("f OK FETCH completed.\r\n"));
  EXPECT_EQ(talk("i IDLE\r\n").front(), '+');
  EXPECT_TRUE(talk("DONE\r\n").starts_with("i OK"));
  EXPECT_EQ(talk("d COMPRESS DEFLATE\r\n"), "d NO [COMPRESSIONACTIVE] DEFLATE is active already.\r\n");
  EXPECT_EQ(talk("g CAPABILITY\r\n").find("COMPRESS"), std::string::npos);
  EXPECT_LE(connection.largest_send(), 64U * 1024);
}

TEST_P(CompressedSession, keeps_its_limits) {
  std::string const answer = talk("a " + std::string(20'000'000, 'x'));
  EXPECT_EQ(answer, "* BYE [TOOBIG] The command is too long.\r\n");
  EXPECT_TRUE(connection.is_closed());
}

TEST_P(CompressedSession, ends_when_the_stream_is_broken) {
  EXPECT_EQ(inflated(client, connection.talk("a NOOP\r\n\xff\xff\xff")),
            "* BYE The compressed data cannot be read.\r\n");
  EXPECT_TRUE(connection.is_closed());
}

TEST_P(CompressedSession, what_is_sent_too_early_is_read_as_compressed) {
  kit::ImapConnection other(server, Connection::Tls::on, GetParam());
  other.talk("l LOGIN hanako@example.test secret\r\n");
  Compression peer;
  constexpr std::string_view kAccepted = "c OK DEFLATE is active from now on.\r\n";
  std::string const said = other.talk("c COMPRESS DEFLATE\r\n" + peer.deflate("a NOOP\r\n"));
  ASSERT_TRUE(said.starts_with(kAccepted)) << said;
  EXPECT_EQ(inflated(peer, std::string_view(said).substr(kAccepted.size())), "a OK Completed.\r\n");
}

INSTANTIATE_TEST_SUITE_P(pieces, CompressedSession, testing::Values(kit::ImapConnection::kWhole, 1U, 1000U));

}  // namespace
}  // namespace yubin::imap
