#include "imap/search_fold.h"

#include <gtest/gtest.h>

namespace yubin::imap {
namespace {

TEST(SearchFold, LineEndsInsideJapaneseWordsMeanNothing) {
  struct Row {
    std::string_view text;
    std::string_view joined;
  };
  Row const rows[] = {
      {"東\r\n京", "東京"},
      {"東\n京", "東京"},
      {"東\r\n\r\n京", "東\r\n\r\n京"},
      {"東\r\na", "東\r\na"},
      {"a\r\n京", "a\r\n京"},
      {"東\r\n 京", "東\r\n 京"},
      {"東\r\n", "東\r\n"},
      {"\r\n\r\n\r\n", "\r\n\r\n\r\n"},
      {"abc 東\r\n京 def\r\n東京\r\nx", "abc 東京 def\r\n東京\r\nx"},
      {"ab東京\n都\rと", "ab東京都と"},
  };
  for (Row const& row : rows) {
    for (std::size_t cut = 0; cut <= row.text.size(); ++cut) {
      bool const between = cut == row.text.size() || (static_cast<unsigned char>(row.text[cut]) & 0xc0) != 0x80;
      if (!between) continue;
      LineJoiner joiner;
      std::string out = joiner.add(row.text.substr(0, cut));
      out += joiner.add(row.text.substr(cut));
      out += joiner.finish();
      EXPECT_EQ(out, row.joined) << row.text << " " << cut;
    }
  }
}

TEST(SearchFold, Needle) {
  EXPECT_TRUE(Needle("WORLD").in("hello world"));
  EXPECT_TRUE(Needle("").in(""));
  EXPECT_FALSE(Needle("worlds").in("hello world"));
  EXPECT_TRUE(Needle("日本").in("今日の日本語"));
  EXPECT_TRUE(Needle("日本").in("今日の日\r\n本語"));
}

}  // namespace
}  // namespace yubin::imap
