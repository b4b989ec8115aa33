#include "imap/framer.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace yubin::imap {
namespace {

constexpr Framer::Limits kLimits{.text = 40, .literals = 20};

std::string show(Framer::Flaw flaw) {
  switch (flaw) {
    case Framer::Flaw::too_long:
      return "too long";
    case Framer::Flaw::bare_line_end:
      return "bare line end";
    case Framer::Flaw::nul:
      return "nul";
  }
  return "";
}

// What the framer finds when every literal that fits is collected and every other one refused.
std::vector<std::string> units(std::string_view input, std::size_t piece) {
  Framer framer(kLimits);
  std::vector<std::string> out;
  while (!input.empty()) {
    framer.receive(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
    for (;;) {
      Framer::Unit unit = framer.next();
      if (std::holds_alternative<Framer::More>(unit)) break;
      if (auto* command = std::get_if<Framer::Command>(&unit)) out.push_back(command->text);
      if (auto* literal = std::get_if<Framer::Literal>(&unit)) {
        out.push_back(fmt::format("{}{}", literal->synchronizing ? "literal " : "literal+ ", literal->size));
        framer.fits(*literal) ? framer.collect(*literal) : framer.abandon();
      }
      if (auto* broken = std::get_if<Framer::Broken>(&unit)) {
        out.push_back(show(broken->flaw));
        if (broken->flaw == Framer::Flaw::too_long) return out;
      }
    }
  }
  return out;
}

struct Row {
  std::string input;
  std::vector<std::string> units;
};

std::vector<Row> rows() {
  using namespace std::string_literals;
  return {
      {"a NOOP\r\nb NOOP\r\n", {"a NOOP", "b NOOP"}},
      {"a NOOP", {}},
      {"\r\n", {""}},
      {"a LOGIN {3}\r\nfoo {2+}\r\nxy\r\n", {"literal 3", "literal+ 2", "a LOGIN {3}\r\nfoo {2+}\r\nxy"}},
      {"a X {0}\r\n\r\n", {"literal 0", "a X {0}\r\n"}},
      {"a X {3}\r\n\r\n\r\r\n", {"literal 3", "a X {3}\r\n\r\n\r"}},
      {"a X {21}\r\nb NOOP\r\n", {"literal 21", "b NOOP"}},
      {"a X {11}\r\n01234567890 {10}\r\n", {"literal 11", "literal 10"}},
      {"a X {99999999999999999999999}\r\n", {"literal 18446744073709551615"}},
      {"a X {-1}\r\n", {"a X {-1}"}},
      {"a X {}\r\n", {"a X {}"}},
      {"a X {1++}\r\n", {"a X {1++}"}},
      {"a X}\r\n", {"a X}"}},
      {"a NOOP\nb NOOP\r\n", {"bare line end", "b NOOP"}},
      {"a NO\rOP\r\nb NOOP\r\n", {"bare line end", "b NOOP"}},
      {"a X {3}\nb NOOP\r\n", {"bare line end", "b NOOP"}},
      {"a\0NOOP\r\nb NOOP\r\n"s, {"nul", "b NOOP"}},
      {"a X {3}\r\n\0ab\r\nb NOOP\r\n"s, {"literal 3", "nul", "b NOOP"}},
      {"a X " + std::string(34, 'x') + "\r\n", {"a X " + std::string(34, 'x')}},
      {"a X " + std::string(35, 'x') + "\r\n", {"too long"}},
      {std::string(1000, 'x'), {"too long"}},
      // The text around literals counts together.
      {"a X {1}\r\n-{1}\r\n-{1}\r\n-{1}\r\n-{1}\r\n-{1}\r\n-{1}\r\n-{1}\r\n",
       {"literal 1", "literal 1", "literal 1", "literal 1", "literal 1", "literal 1", "literal 1", "too long"}},
  };
}

TEST(Framer, FindsTheSameUnitsHoweverTheBytesAreCut) {
  for (Row const& row : rows()) {
    for (std::size_t piece : {1U, 2U, 7U, 100'000U}) EXPECT_EQ(units(row.input, piece), row.units) << row.input;
  }
}

TEST(Framer, PassesALiteralThroughWithoutCollectingIt) {
  Framer framer(kLimits);
  framer.receive("a APPEND x {30}\r\n0123456789");
  auto unit = framer.next();
  auto literal = std::get<Framer::Literal>(unit);
  EXPECT_FALSE(framer.fits(literal));
  framer.pass_through(literal);
  EXPECT_EQ(framer.chunk(4), "0123");
  EXPECT_EQ(framer.chunk(100), "456789");
  EXPECT_EQ(framer.chunk(100), "");
  EXPECT_EQ(framer.passing(), 20U);
  framer.receive("01234567890123456789\r\nb NOOP\r\n");
  EXPECT_EQ(framer.chunk(100), "01234567890123456789");
  EXPECT_EQ(std::get<Framer::Command>(framer.next()).text, "");
  EXPECT_EQ(std::get<Framer::Command>(framer.next()).text, "b NOOP");
}

TEST(Framer, ReadsALineThatIsNoCommand) {
  Framer framer(kLimits);
  framer.receive("PQ=={5}");
  EXPECT_FALSE(framer.line().has_value());
  framer.receive("\r\nDO\nNE\r\n");
  EXPECT_EQ(std::get<std::string>(*framer.line()), "PQ=={5}");
  EXPECT_EQ(std::get<Framer::Flaw>(*framer.line()), Framer::Flaw::bare_line_end);
  EXPECT_EQ(std::get<std::string>(*framer.line()), "NE");
}

TEST(Framer, GivesAwayWhatCameBehindACommand) {
  Framer framer(kLimits);
  framer.receive("a COMPRESS DEFLATE\r\nb NO");
  (void)framer.next();
  EXPECT_EQ(framer.take_rest(), "b NO");
  EXPECT_TRUE(framer.empty());
  framer.receive("c NOOP\r\n");
  EXPECT_EQ(std::get<Framer::Command>(framer.next()).text, "c NOOP");
}

TEST(Framer, ForgetsWhatWasPipelined) {
  Framer framer(kLimits);
  framer.receive("a STARTTLS\r\nb LOGIN x y\r\n");
  (void)framer.next();
  framer.clear();
  EXPECT_TRUE(framer.empty());
  EXPECT_TRUE(std::holds_alternative<Framer::More>(framer.next()));
}

}  // namespace
}  // namespace yubin::imap
