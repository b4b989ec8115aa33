#include "mime/fold.h"

#include <gtest/gtest.h>

namespace yubin::mime {
namespace {

TEST(FoldText, CaseAndWidthAreOne) {
  EXPECT_EQ(fold_text("Hello"), "hello");
  EXPECT_EQ(fold_text("ＡＢＣ　１"), "abc 1");
  EXPECT_EQ(fold_text("ｶﾞｽ"), fold_text("ガス"));
  EXPECT_EQ(fold_text("Straße"), fold_text("STRASSE"));
  EXPECT_EQ(fold_text("\xff"
                      "A"),
            "\xff"
            "a");
}

}  // namespace
}  // namespace yubin::mime
