#include "report/gzip.h"

#include <gtest/gtest.h>

namespace yubin::report {
namespace {

TEST(Gzip, comes_back_as_it_was) {
  for (std::string const& text : {std::string(), std::string("a"), std::string(300'000, 'x')}) {
    std::string const packed = gzip(text);
    EXPECT_TRUE(is_gzip(packed));
    EXPECT_EQ(gunzip(packed, text.size()).value(), text);
  }
}

TEST(Gzip, of_several_members_is_one_text) {
  EXPECT_EQ(gunzip(gzip("a") + gzip("b"), 10).value(), "ab");
  EXPECT_EQ(gunzip(gzip("a") + "padding", 10).value(), "a");
}

TEST(Gzip, is_refused_when_more_comes_out_than_may) {
  std::string const packed = gzip(std::string(1'000'000, 'x'));
  EXPECT_EQ(gunzip(packed, 999'999).error().code, Errc::limit);
  EXPECT_EQ(gunzip(gzip("a") + gzip("bc"), 2).error().code, Errc::limit);
}

TEST(Gzip, is_refused_wherever_it_is_cut) {
  std::string const packed = gzip("a report that is cut somewhere");
  for (std::size_t length = 0; length < packed.size(); ++length)
    EXPECT_EQ(gunzip(packed.substr(0, length), 1000).error().code, Errc::syntax) << length;
}

}  // namespace
}  // namespace yubin::report
