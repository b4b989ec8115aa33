#include "report/gzip.h"

#include <gtest/gtest.h>

namespace yubin::report {
namespace {

Result<std::string> unpacked(std::string_view bytes, std::size_t most) {
  return gunzip(bytes, most);
}

TEST(Gzip, comes_back_as_it_was) {
  for (std::string const& text : {std::string(), std::string("a"), std::string(300'000, 'x')}) {
    std::string const packed = gzip(text);
    EXPECT_TRUE(is_gzip(packed));
    EXPECT_EQ(unpacked(packed, text.size()).value(), text);
  }
}

TEST(Gzip, of_several_members_is_one_text) {
  EXPECT_EQ(unpacked(gzip("a") + gzip("b"), 10).value(), "ab");
  EXPECT_EQ(unpacked(gzip("a") + "padding", 10).value(), "a");
}

TEST(Gzip, is_refused_when_more_comes_out_than_may) {
  std::string const packed = gzip(std::string(1'000'000, 'x'));
  EXPECT_EQ(unpacked(packed, 999'999).error().code, Errc::limit);
  EXPECT_EQ(unpacked(gzip("a") + gzip("bc"), 2).error().code, Errc::limit);
}

TEST(Gzip, is_refused_wherever_it_is_cut) {
  std::string const packed = gzip("a report that is cut somewhere");
  for (std::size_t length = 0; length < packed.size(); ++length)
    EXPECT_EQ(unpacked(packed.substr(0, length), 1000).error().code, Errc::syntax) << length;
}

// Who sends many broken ones has them unpacked for as many bytes as who sends good ones.
TEST(Gzip, what_came_out_before_an_error_counts) {
  std::string const packed = gzip(std::string(1'000'000, 'x'));
  std::size_t room = 1'500'000;
  EXPECT_FALSE(gunzip(packed.substr(0, packed.size() - 1), room));
  EXPECT_EQ(room, 500'000U);
  EXPECT_EQ(gunzip(packed, room).error().code, Errc::limit);
  EXPECT_EQ(room, 0U);
}

TEST(Gzip, many_empty_members_are_an_empty_text) {
  std::string packed;
  for (int i = 0; i < 10'000; ++i) packed += gzip("");
  EXPECT_EQ(unpacked(packed, 10).value(), "");
}

}  // namespace
}  // namespace yubin::report
