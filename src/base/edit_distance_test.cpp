#include "base/edit_distance.h"

#include <gtest/gtest.h>

namespace yubin {
namespace {

TEST(EditDistance, a_swap_counts_as_one) {
  struct Row {
    char const* a;
    char const* b;
    std::size_t distance;
  };
  constexpr Row kRows[] = {{"", "", 0},           {"abc", "", 3},           {"", "abc", 3},
                           {"taro", "taro", 0},   {"taro", "tarou", 1},     {"taro", "atro", 1},
                           {"smtpd", "smptd", 1}, {"kitten", "sitting", 3}, {"taro", "hanako", 4}};
  for (Row const& row : kRows) EXPECT_EQ(edit_distance(row.a, row.b), row.distance) << row.a << ' ' << row.b;
}

}  // namespace
}  // namespace yubin
