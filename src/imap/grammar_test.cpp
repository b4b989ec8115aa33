#include "imap/grammar.h"

#include <gtest/gtest.h>

#include "imap/response.h"

namespace yubin::imap {
namespace {

// The value, if the whole text is one production.
template <class Production>
auto whole(Production production, std::string_view text, Cursor::Limits limits = {}) {
  Cursor cursor(text, limits);
  auto value = production(cursor);
  if (value && !cursor.at_end()) value = fail(Errc::syntax, "more follows");
  return value;
}

struct StringRow {
  std::string_view text;
  std::optional<std::string> value;
};

TEST(Grammar, Astring) {
  StringRow const rows[] = {
      {"abc", "abc"},
      {"a]b", "a]b"},
      {"INBOX/x+y&-", "INBOX/x+y&-"},
      {"\"\"", ""},
      {"\"a b\"", "a b"},
      {R"("a\"b\\c")", R"(a"b\c)"},
      {"\"\xe6\x97\xa5\"", "\xe6\x97\xa5"},
      {"{3}\r\na\nb", "a\nb"},
      {"{3+}\r\nabc", "abc"},
      {"{0}\r\n", ""},
      {"", std::nullopt},
      {"a b", std::nullopt},
      {"a(b", std::nullopt},
      {"a*", std::nullopt},
      {"a%", std::nullopt},
      {"a{", std::nullopt},
      {"a\\b", std::nullopt},
      {"\"a", std::nullopt},
      {"\"a\\", std::nullopt},
      {R"("a\b")", std::nullopt},
      {"\"a\r\nb\"", std::nullopt},
      {"{4}\r\nabc", std::nullopt},
      {"{3}abc", std::nullopt},
      {"{}\r\n", std::nullopt},
      {"{99999999999999999999}\r\n", std::nullopt},
      {"\xe6\x97\xa5", std::nullopt},
  };
  for (StringRow const& row : rows) {
    Result<std::string> value = whole(astring, row.text);
    EXPECT_EQ(value ? std::optional(*value) : std::nullopt, row.value) << row.text;
  }
}

TEST(Grammar, NstringKnowsNil) {
  EXPECT_EQ(whole(nstring, "NIL").value(), std::nullopt);
  EXPECT_EQ(whole(nstring, "nil").value(), std::nullopt);
  EXPECT_EQ(whole(nstring, "\"NIL\"").value(), "NIL");
  EXPECT_FALSE(whole(nstring, "abc").has_value());
}

TEST(Grammar, Tag) {
  EXPECT_EQ(whole(tag, "A.1").value(), "A.1");
  EXPECT_EQ(whole(tag, "a]").value(), "a]");
  for (std::string_view text : {"", "+", "a+", "*", "a(", "\"a\"", "a\x7f"}) EXPECT_FALSE(whole(tag, text)) << text;
}

TEST(Grammar, Numbers) {
  EXPECT_EQ(whole(number, "4294967295").value(), 4294967295U);
  EXPECT_EQ(whole(number, "0007").value(), 7U);
  EXPECT_EQ(whole(number64, "9223372036854775807").value(), 9223372036854775807U);
  for (std::string_view text : {"", "4294967296", "-1", "+1", "1x", "99999999999999999999999"})
    EXPECT_FALSE(whole(number, text)) << text;
  EXPECT_FALSE(whole(nz_number, "0"));
  EXPECT_FALSE(whole(number64, "9223372036854775808"));
}

TEST(Grammar, SequenceSet) {
  struct Row {
    std::string_view text;
    SequenceSet set;
  };
  auto const star = std::nullopt;
  Row const rows[] = {
      {"1", {{1, 1}}},
      {"*", {{star, star}}},
      {"2:4", {{2, 4}}},
      {"4:2", {{4, 2}}},
      {"1:*", {{1, star}}},
      {"*:1", {{star, 1}}},
      {"1,3:5,*", {{1, 1}, {3, 5}, {star, star}}},
      {"$", kSavedResult},
  };
  for (Row const& row : rows) EXPECT_EQ(whole(sequence_set, row.text).value(), row.set) << row.text;
  for (std::string_view text :
       {"", "0", "1,", ",1", "1:", ":1", "1:2:3", "a", "1 2", "**", "0:1", "4294967296", "$,1", "1,$", "$:2"})
    EXPECT_FALSE(whole(sequence_set, text)) << text;
  EXPECT_TRUE(whole(sequence_set, "1,2,3", {.list = 3}));
  EXPECT_FALSE(whole(sequence_set, "1,2,3,4", {.list = 3}));
}

TEST(Grammar, UidSet) {
  using store::Uid;
  using store::UidRange;
  EXPECT_EQ(whole(uid_set, "1,9:3").value(), (std::vector<UidRange>{{Uid(1), Uid(1)}, {Uid(3), Uid(9)}}));
  for (std::string_view text : {"*", "1:*", "$", "0", ""}) EXPECT_FALSE(whole(uid_set, text)) << text;
}

TEST(Grammar, FlagList) {
  using store::SystemFlag;
  using store::SystemFlags;
  auto const seen_draft = SystemFlags(SystemFlag::seen).with(SystemFlag::draft);
  EXPECT_EQ(whole(flag_list, "()").value(), FlagList());
  EXPECT_EQ(whole(flag_list, "(\\Seen \\dRAFT)").value(), (FlagList{seen_draft, {}}));
  EXPECT_EQ(whole(flag_list, "($Forwarded work Work)").value(), (FlagList{{}, {"$Forwarded", "work"}}));
  EXPECT_EQ(whole(flag_list, "(\\Recent)").value(), FlagList());
  for (std::string_view text : {"", "(", "(\\Seen", "(\\Seen  \\Draft)", "(\\)", "(\\Odd)", "(a(b)", "( a)", "(\"a\")"})
    EXPECT_FALSE(whole(flag_list, text)) << text;
  EXPECT_FALSE(whole(flag_list, "(" + std::string(101, 'k') + ")"));
}

TEST(Grammar, Mailbox) {
  EXPECT_EQ(whole(mailbox, "INBOX").value(), "INBOX");
  EXPECT_EQ(whole(mailbox, "\"Tom &- Co\"").value(), "Tom & Co");
  EXPECT_EQ(whole(mailbox, "&U,BTFw-").value(), "\xe5\x8f\xb0\xe5\x8c\x97");
  for (std::string_view text : {"", "&", "a&b", "\"\xe5\x8f\xb0\"", "*"}) EXPECT_FALSE(whole(mailbox, text)) << text;
}

TEST(Grammar, ListMailbox) {
  for (std::string_view text : {"*", "%", "a%b*", "a]"}) EXPECT_EQ(whole(list_mailbox, text).value(), text);
  EXPECT_EQ(whole(list_mailbox, "\"\"").value(), "");
  EXPECT_FALSE(whole(list_mailbox, "a b"));
  EXPECT_FALSE(whole(list_mailbox, ""));
}

TEST(Grammar, Date) {
  EXPECT_EQ(whole(date, "1-Jan-1970").value(), 0);
  EXPECT_EQ(whole(date, "01-jan-1970").value(), 0);
  EXPECT_EQ(whole(date, "\"29-Feb-2024\"").value(), 19782);
  EXPECT_EQ(whole(date, "31-Dec-1969").value(), -1);
  for (std::string_view text : {"", "1-Jan-70", "1-January-1970", "32-Jan-1970", "29-Feb-2023", "0-Jan-1970",
                                "1 Jan 1970", "\"1-Jan-1970", "001-Jan-1970", "1-Jan-19700", "-Jan-1970"})
    EXPECT_FALSE(whole(date, text)) << text;
}

TEST(Grammar, DateTimeIsWhatResponsesSay) {
  for (std::string_view text : {"\" 1-Feb-2024 10:00:00 +0900\"", "\"31-Dec-1969 23:59:59 -0330\""}) {
    mime::DateTime value = whole(date_time, text).value();
    std::string out;
    put_date_time(out, value.time.time_since_epoch().count(), static_cast<std::int32_t>(value.zone.count()));
    EXPECT_EQ(out, text);
  }
  for (std::string_view text : {"", "\"1-Feb-2024\"", "\"01-Feb-2024 25:00:00 +0000\"", "\"01-Feb-2024 10:00:00\"",
                                "\"01-Feb-2024 10:00:00 +0900", "01-Feb-2024"})
    EXPECT_FALSE(whole(date_time, text)) << text;
}

}  // namespace
}  // namespace yubin::imap
