#include "api/similar.h"

#include <gtest/gtest.h>

#include "tests/kit/memory_directory.h"

namespace yubin::api {
namespace {

using kit::address;
using kit::domain;

TEST(Similar, names_near_by) {
  kit::MemoryDirectory directory;
  ASSERT_TRUE(directory->add_domain(domain("example.test")).wait());
  ASSERT_TRUE(directory->add_account({address("hanako@example.test"), ""}).wait());
  ASSERT_TRUE(directory->add_alias({address("info@example.test"), {address("hanako@example.test")}}).wait());
  EXPECT_EQ(find_similar_name(*directory, "hanko@example.test"), "hanako@example.test");
  EXPECT_EQ(find_similar_name(*directory, "ifno@Example.test"), "info@example.test");
  EXPECT_EQ(find_similar_name(*directory, "exmaple.test"), "example.test");
  EXPECT_EQ(find_similar_name(*directory, "jiro@elsewhere.test"), "");
  EXPECT_EQ(find_similar_name(*directory, ""), "");
}

}  // namespace
}  // namespace yubin::api
