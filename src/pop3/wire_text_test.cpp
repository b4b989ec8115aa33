#include "pop3/wire_text.h"

#include <gtest/gtest.h>

namespace yubin::pop3 {
namespace {

using namespace std::string_literals;

std::string text(std::string_view message, std::size_t piece, std::uint64_t lines) {
  WireText wire(lines);
  std::string out;
  while (!message.empty() && !wire.done()) {
    wire.put(message.substr(0, piece), out);
    message.remove_prefix(std::min(piece, message.size()));
  }
  wire.finish(out);
  return out;
}

struct Row {
  std::string message;
  std::string sent;
  std::uint64_t lines = WireText::kAll;
};

class Wire : public testing::TestWithParam<Row> {};

TEST_P(Wire, whole_and_in_pieces) {
  for (std::size_t piece : {1UL, 2UL, 3UL, 1000UL})
    EXPECT_EQ(text(GetParam().message, piece, GetParam().lines), GetParam().sent) << piece;
}

INSTANTIATE_TEST_SUITE_P(rfc1939, Wire,
                         testing::Values(Row{"", ".\r\n"}, Row{"a: b\r\n\r\nc\r\n", "a: b\r\n\r\nc\r\n.\r\n"},
                                         Row{"a: b\r\n\r\nc", "a: b\r\n\r\nc\r\n.\r\n"},
                                         Row{"\r\n.\r\n..\r\n.x\r\n", "\r\n..\r\n...\r\n..x\r\n.\r\n"},
                                         Row{".\r\n", "..\r\n.\r\n"}, Row{".", "..\r\n.\r\n"},
                                         // line ends that are none
                                         Row{"a: b\n\nc\n", "a: b\r\n\r\nc\r\n.\r\n"}, Row{"a\rb\r", "a\r\nb\r\n.\r\n"},
                                         Row{"a\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n"},
                                         Row{"a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"},
                                         Row{"a\n.\nMAIL", "a\r\n..\r\nMAIL\r\n.\r\n"},
                                         Row{"\r\r\n\n", "\r\n\r\n\r\n.\r\n"}, Row{"\r", "\r\n.\r\n"},
                                         Row{"a\0.\0\r\n\0"s, "a\x80.\x80\r\n\x80\r\n.\r\n"}));

// Longer than what is looked at together.
TEST(WireText, long_messages_of_all_kinds_of_lines) {
  std::string_view const lines[] = {"plain\r\n", ".dot\r\n", "bare\n", "\r\n", "cr\rlf\r\n", "\r\r\n"};
  std::string_view const sent[] = {"plain\r\n", "..dot\r\n", "bare\r\n", "\r\n", "cr\r\nlf\r\n", "\r\n\r\n"};
  std::string message;
  std::string expected;
  for (unsigned n = 0; n < 6000; ++n) {
    unsigned const kind = n < 3000 || n % 37 == 0 ? n / 500 : 0;  // first many of one kind, then a few among plain ones
    message += lines[kind % 6];
    expected += sent[kind % 6];
  }
  expected += ".\r\n";
  for (std::size_t piece : {1UL, 7UL, 1023UL, 1024UL, 1025UL, 32768UL, message.size()})
    EXPECT_EQ(text(message, piece, WireText::kAll), expected) << piece;
}

// RFC 1939 section 7: the header section, the blank line, and so many lines of the body.
INSTANTIATE_TEST_SUITE_P(top, Wire,
                         testing::Values(Row{"a: b\r\nc: d\r\n\r\ne\r\nf\r\n", "a: b\r\nc: d\r\n\r\n.\r\n", 0},
                                         Row{"a: b\r\n\r\ne\r\nf\r\n", "a: b\r\n\r\ne\r\n.\r\n", 1},
                                         Row{"a: b\r\n\r\ne\r\nf\r\n", "a: b\r\n\r\ne\r\nf\r\n.\r\n", 2},
                                         Row{"a: b\r\n\r\ne\r\nf", "a: b\r\n\r\ne\r\nf\r\n.\r\n", 9},
                                         Row{"a: b\r\n\r\n\r\n\r\nf\r\n", "a: b\r\n\r\n\r\n.\r\n", 1},
                                         Row{"a: b\r\nc: d\r\n", "a: b\r\nc: d\r\n.\r\n", 0},
                                         Row{"a: b\n\ne\nf\n", "a: b\r\n\r\ne\r\n.\r\n", 1},
                                         Row{"\r\nx\r\n", "\r\n.\r\n", 0}));

}  // namespace
}  // namespace yubin::pop3
