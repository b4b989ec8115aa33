#include "smtp/framer.h"

#include <gtest/gtest.h>

#include <vector>

namespace yubin::smtp {
namespace {

using namespace std::string_view_literals;

// What the line framer reports for `bytes` that come in pieces: "[line]", "!long", "!bare".
std::string lines(std::string_view bytes, std::size_t limit, std::size_t piece) {
  LineFramer framer(limit);
  Input input;
  std::string out;
  while (!bytes.empty()) {
    input.append(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto unit = framer.next(input);
      if (std::holds_alternative<NeedMore>(unit)) break;
      if (auto* line = std::get_if<LineFramer::Line>(&unit)) out += "[" + std::string(line->text) + "]";
      if (auto* fault = std::get_if<LineFramer::Fault>(&unit))
        out += *fault == LineFramer::Fault::too_long ? "!long" : "!bare";
    }
    EXPECT_LT(input.rest().size(), limit);  // what is kept is bounded by the limit
  }
  return out;
}

struct LineRow {
  std::string_view bytes;
  std::string_view expected;
};

class Lines : public testing::TestWithParam<LineRow> {};

TEST_P(Lines, are_found_at_the_same_byte_however_they_are_cut) {
  auto const& [bytes, expected] = GetParam();
  for (std::size_t piece : {1U, 2U, 3U, 5U, 1000U}) EXPECT_EQ(lines(bytes, 8, piece), expected) << piece;
}

// The limit is 8 octets with CR LF (RFC 5321 section 4.5.3.1.4).
INSTANTIATE_TEST_SUITE_P(
    rfc5321, Lines,
    testing::Values(LineRow{"", ""}, LineRow{"NOOP", ""}, LineRow{"NOOP\r\n", "[NOOP]"}, LineRow{"\r\n\r\n", "[][]"},
                    LineRow{"123456\r\na\r\n", "[123456][a]"}, LineRow{"1234567\r\na\r\n", "!long[a]"},
                    LineRow{"12345678\r\na\r\n", "!long[a]"}, LineRow{"1234567890\n\r12\r\na\r\n", "!long[a]"},
                    LineRow{"a\nb\r\nc\r\n", "!bare[c]"}, LineRow{"a\rb\r\nc\r\n", "!bare[c]"},
                    LineRow{"a\r\r\nc\r\n", "!bare[c]"}, LineRow{"\n\r\nc\r\n", "!bare[c]"},
                    LineRow{"a\n\n\n\r\nc\r\n", "!bare[c]"}, LineRow{"123456\rb\r\nc\r\n", "!bare[c]"},
                    LineRow{"1234567\rb\r\nc\r\n", "!long[c]"}, LineRow{"1234567\nb\r\nc\r\n", "!bare[c]"},
                    LineRow{"a\n", "!bare"}));

TEST(LineFramer, skips_a_long_line_in_steps) {
  LineFramer framer(8);
  Input input;
  input.append(std::string(200'000, 'x'));
  EXPECT_TRUE(std::holds_alternative<LineFramer::Fault>(framer.next(input)));
  EXPECT_TRUE(std::holds_alternative<Skipped>(framer.next(input)));
  EXPECT_EQ(input.rest().size(), 200'000U - 8 - 65'536);
}

struct Data {
  std::string body;
  std::string events;  // "!large", "!bare" and "." for the end
  std::uint64_t size = 0;
  std::string rest;  // what is left after the end

  friend bool operator==(Data const&, Data const&) = default;
};

Data data(std::string_view bytes, std::size_t piece, std::uint64_t limit = 1'000'000) {
  DataFramer framer(limit);
  Input input;
  Data out;
  while (!bytes.empty()) {
    input.append(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto unit = framer.next(input);
      if (std::holds_alternative<NeedMore>(unit)) break;
      if (auto* chunk = std::get_if<DataFramer::Chunk>(&unit)) {
        EXPECT_FALSE(chunk->bytes.empty());
        EXPECT_LE(chunk->bytes.size(), 65'536U);
        out.body += chunk->bytes;
      }
      if (auto* fault = std::get_if<DataFramer::Fault>(&unit)) {
        out.events += *fault == DataFramer::Fault::too_large ? "!large" : "!bare";
        out.body.clear();
      }
      if (auto* end = std::get_if<DataFramer::End>(&unit)) {
        EXPECT_EQ(end->fault.has_value(), out.events != "");
        out.events += ".";
        out.size = end->fault ? 0 : end->size;
        out.rest = std::string(input.rest()) + std::string(bytes);
        return out;
      }
    }
    EXPECT_TRUE(input.rest().empty());  // nothing is kept
  }
  return out;
}

struct DataRow {
  std::string_view bytes;
  std::string_view body;
  std::string_view events;
  std::string_view rest;
};

class DataForms : public testing::TestWithParam<DataRow> {};

TEST_P(DataForms, are_read_the_same_however_they_are_cut) {
  DataRow const& row = GetParam();
  Data expected{std::string(row.body), std::string(row.events), row.body.size(), std::string(row.rest)};
  if (!row.events.ends_with('.')) expected.size = 0;
  for (std::size_t piece : {1U, 2U, 3U, 5U, 1000U}) EXPECT_EQ(data(row.bytes, piece), expected) << piece;
}

// RFC 5321 sections 4.1.1.4 and 4.5.2.
INSTANTIATE_TEST_SUITE_P(rfc5321, DataForms,
                         testing::Values(DataRow{".\r\n", "", ".", ""}, DataRow{"a\r\n.\r\n", "a\r\n", ".", ""},
                                         DataRow{"a\r\n.\r\nQUIT\r\n", "a\r\n", ".", "QUIT\r\n"},
                                         DataRow{"\r\n\r\n.\r\n.", "\r\n\r\n", ".", "."},
                                         DataRow{"..\r\n.\r\n", ".\r\n", ".", ""},
                                         DataRow{"...\r\n..a\r\n.b\r\n.\r\n", "..\r\n.a\r\nb\r\n", ".", ""},
                                         DataRow{"a.\r\n.\r\n", "a.\r\n", ".", ""},
                                         DataRow{". \r\n.\r\n", " \r\n", ".", ""}, DataRow{"a\r\n.", "a\r\n", "", ""},
                                         DataRow{"a\r\n.\r", "a\r\n", "", ""}, DataRow{"a", "a", "", ""}));

// What other servers have taken for the end of the data: none ends it here, and all are refused at the real end.
INSTANTIATE_TEST_SUITE_P(
    smuggling, DataForms,
    testing::Values(DataRow{"a\n.\nb\r\n.\r\nX", "", "!bare.", "X"}, DataRow{"a\n.\r\nb\r\n.\r\nX", "", "!bare.", "X"},
                    DataRow{"a\r\n.\nb\r\n.\r\nX", "", "!bare.", "X"}, DataRow{"a\r.\rb\r\n.\r\nX", "", "!bare.", "X"},
                    DataRow{"a\r\n.\rb\r\n.\r\nX", "", "!bare.", "X"},
                    DataRow{"a\r.\r\nb\r\n.\r\nX", "", "!bare.", "X"}, DataRow{"a\r\n.\r\r\n.\r\nX", "", "!bare.", "X"},
                    DataRow{"a\r\r\n.\r\nX", "", "!bare.", "X"}, DataRow{"\n.\r\n\r\n.\r\nX", "", "!bare.", "X"},
                    DataRow{"\r.\r\n.\r\nX", "", "!bare.", "X"}, DataRow{".\n.\r\n\r\n.\r\nX", "", "!bare.", "X"},
                    DataRow{"a\n\r\n.\r\nX", "", "!bare.", "X"},
                    DataRow{"a\r\n\0.\r\nb\r\n.\r\nX"sv, "a\r\n\0.\r\nb\r\n"sv, ".", "X"}));

TEST(DataFramer, refuses_what_is_larger_than_the_limit_and_swallows_it) {
  for (std::size_t piece : {1U, 2U, 1000U}) {
    // Stuffed dots and the end do not count (RFC 1870 section 5).
    EXPECT_EQ(data("..23456\r\n.\r\nX", piece, 8), (Data{".23456\r\n", ".", 8, "X"}));
    EXPECT_EQ(data("12345678\r\n.\r\nX", piece, 8), (Data{"", "!large.", 0, "X"}));
    EXPECT_EQ(data("123456789\n\r\r\n.\r\nX", piece, 8), (Data{"", "!large.", 0, "X"}));
    EXPECT_EQ(data("1\n23456789\r\n.\r\nX", piece, 8), (Data{"", "!bare.", 0, "X"}));
  }
}

TEST(DataFramer, passes_large_data_on_as_few_large_views) {
  std::string line(998, 'x');
  std::string message;
  for (int i = 0; i < 1000; ++i) message += line + "\r\n";
  Input input;
  input.append(message + ".\r\n");
  DataFramer framer(10'000'000);
  std::size_t chunks = 0;
  std::size_t size = 0;
  for (;;) {
    auto unit = framer.next(input);
    if (std::holds_alternative<DataFramer::End>(unit)) break;
    std::string_view bytes = std::get<DataFramer::Chunk>(unit).bytes;
    ASSERT_EQ(bytes, std::string_view(message).substr(size, bytes.size()));
    size += bytes.size();
    ++chunks;
  }
  EXPECT_EQ(size, message.size());
  EXPECT_LE(chunks, message.size() / 65'536 + 1);
}

TEST(DataFramer, swallows_in_steps) {
  Input input;
  input.append("\n" + std::string(200'000, '\r'));
  DataFramer framer(100);
  EXPECT_TRUE(std::holds_alternative<DataFramer::Fault>(framer.next(input)));
  EXPECT_TRUE(std::holds_alternative<Skipped>(framer.next(input)));
  EXPECT_EQ(input.rest().size(), 200'000U - 65'536);
}

}  // namespace
}  // namespace yubin::smtp
