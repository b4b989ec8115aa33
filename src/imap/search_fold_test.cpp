#include "imap/search_fold.h"

#include <gtest/gtest.h>

namespace yubin::imap {
namespace {

TEST(SearchFold, CaseAndWidthAreOne) {
  EXPECT_EQ(search_fold("Hello"), "hello");
  EXPECT_EQ(search_fold("ＡＢＣ　１"), "abc 1");
  EXPECT_EQ(search_fold("ｶﾞｽ"), search_fold("ガス"));
  EXPECT_EQ(search_fold("Straße"), search_fold("STRASSE"));
  EXPECT_EQ(search_fold("\xff"
                        "A"),
            "\xff"
            "a");
}

TEST(SearchFold, Needle) {
  EXPECT_TRUE(Needle("WORLD").in("hello world"));
  EXPECT_TRUE(Needle("").in(""));
  EXPECT_FALSE(Needle("worlds").in("hello world"));
  EXPECT_TRUE(Needle("日本").in("今日の日本語"));
}

}  // namespace
}  // namespace yubin::imap
