#include "imap/fetch_grammar.h"

#include <gtest/gtest.h>

namespace yubin::imap {
namespace {

Result<FetchItems> items(std::string_view text) {
  std::string const arguments = " 1:* " + std::string(text);
  Cursor cursor(arguments);
  Result<FetchArguments> parsed = fetch_arguments(cursor);
  if (!parsed) return std::unexpected(parsed.error());
  return parsed->items;
}

using Text = Section::Text;

struct Row {
  std::string_view text;
  std::string label;
  Section section;
  std::optional<Partial> partial = {};
  Marks marks = Marks::seen;
};

TEST(FetchGrammar, BodyItems) {
  Row const rows[] = {
      {"BODY[]", "BODY[]", {}},
      {"body.peek[]", "BODY[]", {}, {}, Marks::nothing},
      {"BODY[]<0.100>", "BODY[]<0>", {}, Partial{0, 100}},
      {"BODY[1.2.3]", "BODY[1.2.3]", {{1, 2, 3}, Text::everything, {}}},
      {"BODY[1.MIME]", "BODY[1.MIME]", {{1}, Text::mime, {}}},
      {"BODY[TEXT]", "BODY[TEXT]", {{}, Text::text, {}}},
      {"BODY[2.TEXT]<5.6>", "BODY[2.TEXT]<5>", {{2}, Text::text, {}}, Partial{5, 6}},
      {"BODY[HEADER]", "BODY[HEADER]", {{}, Text::header, {}}},
      {"BODY[header.fields (From \"To\")]", "BODY[HEADER.FIELDS (From To)]", {{}, Text::header_fields, {"From", "To"}}},
      {"BODY[1.HEADER.FIELDS.NOT ({4}\r\nDate)]",
       "BODY[1.HEADER.FIELDS.NOT (Date)]",
       {{1}, Text::header_fields_not, {"Date"}}},
      {"RFC822", "RFC822", {}},
      {"RFC822.HEADER", "RFC822.HEADER", {{}, Text::header, {}}, {}, Marks::nothing},
      {"RFC822.TEXT", "RFC822.TEXT", {{}, Text::text, {}}},
  };
  for (Row const& row : rows) {
    Result<FetchItems> parsed = items(row.text);
    ASSERT_TRUE(parsed.has_value()) << row.text << parsed.error().detail;
    BodyItem const expected{row.label, row.section, row.partial, row.marks};
    EXPECT_EQ(parsed->bodies, std::vector{expected}) << row.text;
  }
}

TEST(FetchGrammar, ItemsAndMacros) {
  FetchItems fast;
  fast.flags = fast.internal_date = fast.size = true;
  EXPECT_EQ(items("FAST").value(), fast);
  FetchItems all = fast;
  all.envelope = true;
  EXPECT_EQ(items("all").value(), all);
  FetchItems full = all;
  full.body = true;
  EXPECT_EQ(items("FULL").value(), full);
  EXPECT_EQ(items("(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY)").value(), full);
  FetchItems structure;
  structure.uid = structure.body_structure = true;
  EXPECT_EQ(items("(UID BODYSTRUCTURE)").value(), structure);
}

TEST(FetchGrammar, Refuses) {
  for (std::string_view text : {"",
                                "()",
                                "(ALL)",
                                "(FLAGS",
                                "FLAGS UID",
                                "(FLAGS  UID)",
                                "BODY[",
                                "BODY[FOO]",
                                "BODY[MIME]",
                                "BODY[1.]",
                                "BODY[0]",
                                "BODY[1..2]",
                                "BODY[HEADER.FIELDS]",
                                "BODY[HEADER.FIELDS ()]",
                                "BODY[HEADER.FIELDS (a]",
                                "BODY[]<1>",
                                "BODY[]<0.0>",
                                "BODY[]<1.2",
                                "BODY[]<-1.2>",
                                "BODY.PEEK",
                                "RFC822.FOO",
                                "MODSEQUENCE",
                                "FLAGSX",
                                "BODY[1.TEXT.1]"})
    EXPECT_FALSE(items(text).has_value()) << text;
  std::string deep = "BODY[1";
  for (int i = 0; i < 100; ++i) deep += ".1";
  EXPECT_FALSE(items(deep + "]").has_value());
  std::string many = "(BODY[]";
  for (int i = 0; i < 100; ++i) many += " BODY[]";
  EXPECT_FALSE(items(many + ")").has_value());
}

}  // namespace
}  // namespace yubin::imap
