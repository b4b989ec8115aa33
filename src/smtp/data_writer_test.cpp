#include "smtp/data_writer.h"

#include <gtest/gtest.h>

#include "smtp/framer.h"

namespace yubin::smtp {
namespace {

std::string on_the_wire(std::string_view message, DataWriter::Framing framing, std::size_t piece) {
  DataWriter writer(framing);
  std::string out;
  for (std::size_t at = 0; at < message.size(); at += piece) writer.write(message.substr(at, piece), out);
  writer.finish(out);
  return out;
}

struct WireRow {
  std::string_view message;
  std::string_view dots;
  std::string_view chunks;
};
constexpr WireRow kRows[] = {
    {"", ".\r\n", ""},
    {"a", "a\r\n.\r\n", "a"},
    {"a\r\n", "a\r\n.\r\n", "a\r\n"},
    {".", "..\r\n.\r\n", "."},
    {"..\r\n.\r\n", "...\r\n..\r\n.\r\n", "..\r\n.\r\n"},
    {"a.\r\n", "a.\r\n.\r\n", "a.\r\n"},
    {"a\n.b", "a\r\n..b\r\n.\r\n", "a\r\n.b"},
    {"a\r.b", "a\r\n..b\r\n.\r\n", "a\r\n.b"},
    {"\r", "\r\n.\r\n", "\r\n"},
    {"\r\r\n\n", "\r\n\r\n\r\n.\r\n", "\r\n\r\n\r\n"},
    {"\n.\n", "\r\n..\r\n.\r\n", "\r\n.\r\n"},
    {"\r.\r", "\r\n..\r\n.\r\n", "\r\n.\r\n"},
};

TEST(DataWriter, rows) {
  for (WireRow const& row : kRows)
    for (std::size_t piece : {1U, 2U, 100U}) {
      EXPECT_EQ(on_the_wire(row.message, DataWriter::Framing::dots, piece), row.dots) << row.message;
      EXPECT_EQ(on_the_wire(row.message, DataWriter::Framing::chunks, piece), row.chunks) << row.message;
    }
}

// All messages of up to seven of these bytes: our own framer, which ends only at CR LF . CR LF, gives them back.
TEST(DataWriter, is_the_reverse_of_the_framer) {
  constexpr std::string_view kBytes = "a.\r\n";
  for (std::size_t length = 0; length <= 7; ++length) {
    for (std::size_t code = 0; code < std::size_t{1} << (2 * length); ++code) {
      std::string message;
      for (std::size_t i = 0; i < length; ++i) message += kBytes[code >> (2 * i) & 3];
      Input input;
      input.append(on_the_wire(message, DataWriter::Framing::dots, 3));
      std::string back;
      DataFramer framer(1000);
      for (;;) {
        auto step = framer.next(input);
        if (auto const* chunk = std::get_if<DataFramer::Chunk>(&step)) {
          back += chunk->bytes;
        } else {
          auto const* end = std::get_if<DataFramer::End>(&step);
          ASSERT_TRUE(end != nullptr && !end->fault && input.rest().empty()) << testing::PrintToString(message);
          break;
        }
      }
      std::string expected = on_the_wire(message, DataWriter::Framing::chunks, 100);
      if (!expected.empty() && !expected.ends_with("\r\n")) expected += "\r\n";
      ASSERT_EQ(back, expected) << testing::PrintToString(message);
    }
  }
}

}  // namespace
}  // namespace yubin::smtp
