#include "cli/aliases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace yubin::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> expanded(std::string_view table, std::string_view name) {
  auto const found = Aliases::parse(table).value().expand(name);
  return found ? *found : std::vector<std::string>{found.error().detail};
}

TEST(Aliases, lead_through_each_other_and_continued_lines) {
  constexpr std::string_view kTable =
      "# comment\n"
      "Postmaster: root\n"
      "root:\tadmin@example.test, hanako  # both\n"
      "\t, \"odd, name\"@example.test\n"
      "\n"
      "hanako: \\hanako, hanako@example.test, admin@example.test\n";
  EXPECT_THAT(expanded(kTable, "postmaster"),
              ElementsAre("admin@example.test", "hanako", "hanako@example.test", "\"odd, name\"@example.test"));
  EXPECT_THAT(expanded(kTable, "nobody"), ElementsAre("nobody"));
  EXPECT_THAT(expanded(kTable, "root@example.test"), ElementsAre("root@example.test"));
}

TEST(Aliases, that_go_round_or_lead_to_programs_are_errors) {
  EXPECT_THAT(expanded("a: b\nb: a\n", "a"), ElementsAre(HasSubstr("goes round")));
  EXPECT_THAT(expanded("a: |/usr/bin/x\n", "a"), ElementsAre(HasSubstr("programs or files")));
  EXPECT_THAT(expanded("a: \"|/usr/bin/x -y\"\n", "a"), ElementsAre(HasSubstr("programs or files")));
  EXPECT_THAT(expanded("a: :include:/nowhere\n", "a"), ElementsAre(HasSubstr("cannot read")));
  EXPECT_THAT(expanded("a: a, b@x.test\n", "a"), ElementsAre("a", "b@x.test"));
}

TEST(Aliases, that_are_none_say_in_which_line) {
  EXPECT_THAT(Aliases::parse("a: b\nnonsense\n").error().detail, HasSubstr("line 2"));
  EXPECT_THAT(Aliases::parse(" a\n").error().detail, HasSubstr("line 1"));
}

}  // namespace
}  // namespace yubin::cli
