#include <gtest/gtest.h>

#include "store/types.h"

namespace yubin::store {
namespace {

TEST(MailboxName, is_kept_in_nfc) {
  struct Row {
    std::string given;
    std::string kept;
  };
  for (auto const& [given, kept] : std::vector<Row>{
           {"Sent", "Sent"},
           {"a/b/c", "a/b/c"},
           {"送信済みアイテム", "送信済みアイテム"},
           {"か\xe3\x82\x99", "が"},       // KA and the combining voiced sound mark
           {"e\xcc\x81t\xc3\xa9", "été"},  // one composed, one not
           {"&-", "&-"},                   // modified UTF-7 is the session's business
           {"INBOX", "INBOX"},
           {"iNbOx", "INBOX"},
           {"inbox/Work", "INBOX/Work"},
           {"Inboxes", "Inboxes"},
           {"a/inbox", "a/inbox"},
       }) {
    Result<MailboxName> name = MailboxName::parse(given);
    ASSERT_TRUE(name.has_value()) << given;
    EXPECT_EQ(name->text(), kept);
  }
}

TEST(MailboxName, refuses_what_rfc_9051_section_5_1_forbids) {
  for (std::string const& given :
       {std::string(""), std::string("/"), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("a*"),
        std::string("%"), std::string("a\tb"), std::string("a\x7f"), std::string("a\0b", 3), std::string("\xc2\x85"),
        std::string("\xe2\x80\xa8"), std::string("\xff"), std::string("\xe3\x81"), std::string("\xed\xa0\x80"),
        std::string("\xc0\xaf")}) {
    Result<MailboxName> name = MailboxName::parse(given);
    ASSERT_FALSE(name.has_value()) << given;
    EXPECT_EQ(name.error().code, Errc::syntax) << given;
  }
}

TEST(MailboxName, has_limits) {
  EXPECT_TRUE(MailboxName::parse(std::string(255, 'a')).has_value());
  EXPECT_EQ(MailboxName::parse(std::string(256, 'a')).error().code, Errc::limit);
  std::string longest = std::string(250, 'a');
  for (int i = 0; i < 2; ++i) longest += "/" + std::string(250, 'a');
  EXPECT_TRUE(MailboxName::parse(longest + "/" + std::string(247, 'b')).has_value());
  EXPECT_EQ(MailboxName::parse(longest + "/" + std::string(248, 'b')).error().code, Errc::limit);
  EXPECT_EQ(MailboxName::parse(std::string(1 << 20, 'a')).error().code, Errc::limit);
}

TEST(MailboxName, knows_the_level_above) {
  MailboxName const name = MailboxName::parse("a/b/c").value();
  EXPECT_EQ(name.parent().value().text(), "a/b");
  EXPECT_EQ(name.parent()->parent().value().text(), "a");
  EXPECT_FALSE(name.parent()->parent()->parent().has_value());
}

}  // namespace
}  // namespace yubin::store
