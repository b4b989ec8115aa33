#include <gtest/gtest.h>

#include "imap/search_match.h"

namespace yubin::imap {
namespace {

Result<SearchArguments> parse(std::string_view text) {
  std::string const arguments = " " + std::string(text);
  Cursor cursor(arguments);
  return search_arguments(cursor);
}

struct Row {
  std::string_view text;
  std::optional<bool> matches;  // the message below; none: more must be read
};

// Flags \Seen and keyword work, 1000 bytes, 2 February 2024 at 23:30 -0800, number 3 of 5, UID 30.
std::optional<bool> matches(std::string_view text) {
  store::Mailbox mailbox;
  mailbox.keywords = {"other", "work"};
  std::vector<store::Uid> uids;
  for (std::uint32_t uid : {10U, 20U, 30U, 40U, 50U}) uids.emplace_back(uid);
  View const view(mailbox, uids, Access::read_write);
  store::MessageState state;
  state.uid = store::Uid(30);
  state.flags = store::SystemFlag::seen;
  state.keywords = {store::KeywordId(1)};
  state.size = 1000;
  state.internal_date = 1706945400;
  state.internal_zone = -480;
  SearchKey key = parse(text).value().key;
  prepare(key, view, WallTime(std::chrono::seconds(state.internal_date + 100)));
  return match_state(key, Candidate{.number = SeqNum(3), .state = state});
}

TEST(SearchGrammar, KeysOfTheState) {
  Row const rows[] = {
      {"ALL", true},
      {"NEW", false},
      {"OLD", true},
      {"SEEN", true},
      {"UNSEEN", false},
      {"DELETED", false},
      {"UNDRAFT", true},
      {"KEYWORD Work", true},
      {"KEYWORD other", false},
      {"KEYWORD unknown", false},
      {"UNKEYWORD unknown", true},
      {"LARGER 999", true},
      {"LARGER 1000", false},
      {"SMALLER 1001", true},
      {"OLDER 100", true},
      {"OLDER 101", false},
      {"YOUNGER 100", true},
      {"YOUNGER 99", false},
      {"MODSEQ 0", true},
      {"MODSEQ 1", false},
      {"SAVEDON 1-Jan-1970", true},
      {"SAVEDSINCE 2-Jan-1970", false},
      {"SAVEDATESUPPORTED", true},
      {"EMAILID Mx", false},
      {"THREADID Tx", false},
      {"THREADID T00000000000000000000000000", true},
      {"THREADID M00000000000000000000000000", false},
      {"ON 2-Feb-2024", true},
      {"BEFORE 2-Feb-2024", false},
      {"BEFORE 3-Feb-2024", true},
      {"SINCE 2-Feb-2024", true},
      {"SINCE \"3-Feb-2024\"", false},
      {"1:3", true},
      {"4:*", false},
      {"2,4:9", false},
      {"UID 30", true},
      {"UID 25:29", false},
      {"NOT SEEN", false},
      {"OR UNSEEN SEEN", true},
      {"OR UNSEEN DELETED", false},
      {"SEEN UNDELETED", true},
      {"(SEEN) (UNDELETED (NOT FLAGGED))", true},
      {"SEEN DELETED", false},
      {"BODY x", std::nullopt},
      {"BODY x DELETED", false},
      {"BODY x SEEN", std::nullopt},
      {"OR BODY x SEEN", true},
      {"OR BODY x DELETED", std::nullopt},
      {"NOT (BODY x DELETED)", true},
      {"CHARSET utf-8 SEEN", true},
  };
  for (Row const& row : rows) EXPECT_EQ(matches(row.text), row.matches) << row.text;
}

TEST(SearchGrammar, CheapKeysGoFirst) {
  SearchKey const key = parse("BODY a SUBJECT b SEEN").value().key;
  auto const& keys = std::get<search::All>(key.test).keys;
  EXPECT_TRUE(std::holds_alternative<search::HasFlag>(keys[0].test));
  EXPECT_TRUE(std::holds_alternative<search::Field>(keys[1].test));
  EXPECT_TRUE(std::holds_alternative<search::Text>(keys[2].test));
}

TEST(SearchGrammar, Charset) {
  EXPECT_EQ(parse("CHARSET US-ASCII ALL").value().unknown_charset, std::nullopt);
  EXPECT_EQ(parse("CHARSET \"X-NONE\" ALL").value().unknown_charset, "X-NONE");
}

TEST(SearchGrammar, Refuses) {
  for (std::string_view text : {"",         "FOO",      "SEEN ", "SEEN  UNSEEN",  "()",
                                "(SEEN",    "SEEN)",    "NOT",   "OR SEEN",       "ON 1-Foo-2024",
                                "LARGER x", "HEADER x", "FROM",  "UID",           "UID a",
                                "KEYWORD",  "0",        "1:",    "CHARSET utf-8", "SUBJECT a b",
                                "BODY (x)"})
    EXPECT_FALSE(parse(text).has_value()) << text;
}

TEST(SearchGrammar, DepthIsLimited) {
  auto nested = [](std::size_t depth) { return std::string(depth, '(') + "ALL" + std::string(depth, ')'); };
  auto negated = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "NOT ";
    return text + "ALL";
  };
  EXPECT_TRUE(parse(nested(30)).has_value());
  EXPECT_FALSE(parse(nested(4000)).has_value());
  EXPECT_TRUE(parse(negated(30)).has_value());
  EXPECT_FALSE(parse(negated(4000)).has_value());
}

}  // namespace
}  // namespace yubin::imap
