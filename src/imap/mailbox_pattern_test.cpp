#include "imap/mailbox_pattern.h"

#include <gtest/gtest.h>

namespace yubin::imap {
namespace {

struct Row {
  std::string_view reference;
  std::string_view pattern;
  std::string_view name;
  bool matches;
};

TEST(MailboxPattern, Rfc9051Section6_3_9) {
  Row const rows[] = {
      {"", "*", "a/b/c", true},       {"", "%", "a", true},         {"", "%", "a/b", false},
      {"", "a/%", "a/b", true},       {"", "a/%", "a/b/c", false},  {"", "a/*", "a/b/c", true},
      {"", "a/*", "a", false},        {"", "a*", "a", true},        {"", "%/%", "a/b", true},
      {"", "%b", "ab", true},         {"", "%b", "abc", false},     {"", "*b%", "a/b", true},
      {"", "*%*", "a/b", true},       {"", "%%", "a/b", false},     {"", "%*", "a/b", true},
      {"a/", "%", "a/b", true},       {"a/", "*", "b", false},      {"", "", "a", false},
      {"", "inbox", "INBOX", true},   {"", "InB*", "INBOX", true},  {"", "A", "a", false},
      {"", "a?c", "abc", false},      {"", "a/%/c", "a/b/c", true}, {"", "*a*a*a", "aaa", true},
      {"", "*a*a*a*a", "aaa", false},
  };
  for (Row const& row : rows) {
    auto name = store::MailboxName::parse(row.name).value();
    EXPECT_EQ(MailboxPattern(row.reference, row.pattern).matches(name), row.matches)
        << row.reference << " " << row.pattern << " " << row.name;
  }
}

// The work is bounded by the name, whatever the pattern: this one would never end with backtracking.
TEST(MailboxPattern, HostilePattern) {
  std::string pattern;
  for (int i = 0; i < 120; ++i) pattern += "%a*";
  MailboxPattern const hostile("", pattern + "b");
  auto name = store::MailboxName::parse(std::string(200, 'a')).value();
  EXPECT_FALSE(hostile.matches(name));
}

}  // namespace
}  // namespace yubin::imap
