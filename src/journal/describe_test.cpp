#include "journal/describe.h"

#include <gtest/gtest.h>

namespace yubin::journal {
namespace {

TEST(Describe, names_and_values_stand_in_columns) {
  Entry entry;
  entry.id = EntryId(1'700'000'000'123'456, 7);
  entry.kind = Kind::message;
  entry.service = "mx";
  entry.peer = "192.0.2.1";
  entry.sender = "taro@example.org";
  entry.message_id = "<1@example.org>";
  entry.size = 4096;
  entry.recipients = {{"hanako@example.test", "delivered", "2.0.0", "INBOX"},
                      {"nobody@example.test", "refused", "5.1.1", ""}};
  entry.verdict = "accepted";
  entry.reason = "nothing speaks against it";
  entry.facts = {{"spf", "pass"}};
  entry.omitted = 2;
  entry.generation = 12;
  EXPECT_EQ(describe(entry), "2023-11-14T22:13:20.123456Z  message  " + entry.id.text() + R"(  accepted
  reason      nothing speaks against it
  service     mx
  peer        192.0.2.1
  from        <taro@example.org>
  to          <hanako@example.test>  delivered 2.0.0: INBOX
  to          <nobody@example.test>  refused 5.1.1
  message-id  <1@example.org>
  size        4096
  spf         pass
  settings    generation 12
  omitted     2 more recipients and facts
)");
}

TEST(Describe, a_message_shows_its_null_reverse_path) {
  Entry entry;
  entry.kind = Kind::message;
  EXPECT_NE(describe(entry).find("  from        <>\n"), std::string::npos);
}

TEST(Describe, a_login_has_no_reverse_path) {
  Entry entry;
  entry.kind = Kind::login;
  EXPECT_EQ(describe(entry).find("from"), std::string::npos);
}

TEST(Describe, what_could_write_to_the_terminal_is_quoted) {
  Entry entry;
  entry.helo = "a\x1b[2Jb\nc";
  entry.facts = {{"na\rme", "\x9b"}, {"csi", "\xc2\x9b"}};
  std::string text = describe(entry);
  EXPECT_NE(text.find(R"("a\x1b[2Jb\x0ac")"), std::string::npos);
  EXPECT_NE(text.find(R"("na\x0dme")"), std::string::npos);
  EXPECT_NE(text.find(R"("\x9b")"), std::string::npos);
  EXPECT_NE(text.find(R"("\xc2\x9b")"), std::string::npos);
}

TEST(Summarize, a_delivery_says_what_became_of_it) {
  Entry entry;
  entry.kind = Kind::delivery;
  entry.verdict = "attempted";
  entry.recipients = {{"a@one.test", "delivered", "2.0.0", "250 ok"}};
  EXPECT_NE(summarize(entry).find("<a@one.test>  delivered 250 ok"), std::string::npos);
  entry.kind = Kind::message;  // where that is what "accepted" means
  EXPECT_EQ(summarize(entry).find("250 ok"), std::string::npos);
}

TEST(Describe, japanese_is_shown_as_it_is) {
  Entry entry;
  entry.reason = "宛先がありません";
  EXPECT_NE(describe(entry).find("  reason      宛先がありません\n"), std::string::npos);
}

}  // namespace
}  // namespace yubin::journal
