#include "cli/quantity.h"

#include <gtest/gtest.h>

namespace yubin::cli {
namespace {

TEST(Quantity, sizes_are_read) {
  struct Row {
    char const* text;
    std::uint64_t bytes;
  };
  constexpr Row kRows[] = {{"0", 0},           {"17", 17},     {"1K", 1024},         {"500M", 524288000},
                           {"5g", 5368709120}, {"1.5K", 1536}, {"2T", 2199023255552}};
  for (Row const& row : kRows) EXPECT_EQ(parse_size(row.text).value(), row.bytes) << row.text;
  for (char const* wrong : {"", "G", "-1", "5GB", "1.2345G", "x", "1e3", "99999999999T"}) {
    EXPECT_EQ(parse_size(wrong).error().code, Errc::syntax) << wrong;
  }
}

TEST(Quantity, sizes_are_shown) {
  EXPECT_EQ(size_text(1023), "1023 bytes");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(5368709120), "5.0 GiB");
}

}  // namespace
}  // namespace yubin::cli
