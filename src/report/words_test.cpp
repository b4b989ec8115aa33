#include "report/words.h"

#include <gtest/gtest.h>

namespace yubin::report {
namespace {

TEST(Words, what_acts_on_a_terminal_is_a_space) {
  EXPECT_EQ(tame("a\x1b[31mb\x7f"), "a [31mb");
  EXPECT_EQ(tame("a\xc2\x9b"
                 "31mb"),
            "a 31mb");                                                     // CSI as one character
  EXPECT_EQ(tame("a\xe2\x80\xaemoc\xe2\x81\xa9\xd8\x9c.b"), "a moc  .b");  // marks of direction
  EXPECT_EQ(tame("a\xe2\x80\xa8"
                 "b"),
            "a b");  // end of a line
}

TEST(Words, what_is_no_text_is_a_question_mark) {
  EXPECT_EQ(tame("a\x9b"
                 "b"),
            "a?b");
  EXPECT_EQ(tame("\xe6\x97"), "??");
  EXPECT_EQ(tame("\xed\xa0\x80"), "???");  // half of a pair
  EXPECT_EQ(tame("\xc0\xaf"), "??");
}

TEST(Words, text_stays_and_is_cut_between_characters) {
  EXPECT_EQ(tame(" \r\n\t\xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x93\xae \n"), "\xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x93\xae");
  EXPECT_EQ(tame("\xe6\x97\xa5\xe6\x9c\xac", 5), "\xe6\x97\xa5");
  EXPECT_EQ(tame("ab c", 3), "ab");
  EXPECT_EQ(tame(""), "");
  EXPECT_EQ(tame_word(" A.Test "), "a.test");
}

}  // namespace
}  // namespace yubin::report
