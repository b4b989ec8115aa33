#include "imap/search_result.h"

#include <gtest/gtest.h>

namespace yubin::imap {
namespace {

std::vector<std::uint32_t> shown(Window const& window) {
  std::vector<std::uint32_t> out;
  for (PositionRange const& range : cut_to_window({{3, 5}, {9, 9}, {20, 22}}, window)) {
    for (std::uint32_t number = range.first; number <= range.last; ++number) out.push_back(number);
  }
  return out;
}

using Numbers = std::vector<std::uint32_t>;

TEST(SearchResult, IsCutToAWindow) {
  EXPECT_EQ(shown({false, 1, 7}), (Numbers{3, 4, 5, 9, 20, 21, 22}));
  EXPECT_EQ(shown({false, 1, 1}), (Numbers{3}));
  EXPECT_EQ(shown({false, 3, 5}), (Numbers{5, 9, 20}));
  EXPECT_EQ(shown({false, 7, 4'294'967'295}), (Numbers{22}));
  EXPECT_EQ(shown({false, 8, 9}), Numbers{});
  EXPECT_EQ(shown({true, 1, 2}), (Numbers{21, 22}));
  EXPECT_EQ(shown({true, 6, 99}), (Numbers{3, 4}));
  EXPECT_EQ(shown({true, 8, 9}), Numbers{});
  EXPECT_TRUE(cut_to_window({}, {true, 1, 1}).empty());
}

}  // namespace
}  // namespace yubin::imap
