#include "imap/preview.h"

#include <gtest/gtest.h>

namespace yubin::imap {
namespace {

TEST(Preview, IsOneLineOfText) {
  EXPECT_EQ(preview_of("  one\r\n\r\n two\tthree \r\n", Markup::plain), "one two three");
  EXPECT_EQ(preview_of("> quoted\r\nanswer\r\n>> more\r\nend", Markup::plain), "answer end");
  EXPECT_EQ(preview_of("", Markup::plain), "");
  EXPECT_EQ(preview_of("\r\n \r\n", Markup::plain), "");
}

TEST(Preview, LeavesTagsOut) {
  EXPECT_EQ(
      preview_of("<html><head><title>T</title><style>p{}</style></head><p>One &amp; two</p><br>three", Markup::html),
      "One & two three");
  EXPECT_EQ(preview_of("a<script>if (1 < 2) {}</script>b", Markup::html), "a b");
  for (std::string_view odd : {"<", "<style", "<style>", "a<", "&", "&am", "<script></script", "<!-- x"})
    EXPECT_LE(preview_of(odd, Markup::html).size(), odd.size());
}

TEST(Preview, IsCutBetweenCharacters) {
  std::string text;
  std::string expected;
  for (std::size_t i = 0; i < 500; ++i) {
    text += "あ";
    if (i < kPreviewCharacters) expected += "あ";
  }
  EXPECT_EQ(preview_of(text, Markup::plain), expected);
}

}  // namespace
}  // namespace yubin::imap
