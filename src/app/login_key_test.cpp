#include "app/login_key.h"

#include <gtest/gtest.h>

#include "app/files.h"
#include "tests/kit/temp_directory.h"

namespace yubin::app {
namespace {

struct LoginKey : testing::Test {
  std::string key() { return std::string(login_key(folder.path(), random).view()); }
  kit::TempDirectory folder;
  SeededRandom random{1};
};

TEST_F(LoginKey, is_made_once_for_its_owner_alone) {
  std::string const made = key();
  EXPECT_EQ(made.size(), 32u);
  EXPECT_EQ(key(), made);
  EXPECT_EQ(std::filesystem::status(folder.path() / "login.key").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(LoginKey, that_is_damaged_is_replaced) {
  std::string const made = key();
  for (std::string damaged : {"", "AAAA\n", "not base64"}) {
    ASSERT_TRUE(write_file(folder.path() / "login.key", damaged));
    std::string const other = key();
    EXPECT_NE(other, made);
    EXPECT_EQ(key(), other);
  }
}

TEST_F(LoginKey, that_cannot_be_written_is_good_for_once) {
  std::filesystem::path const nowhere = folder.path() / "nowhere";
  EXPECT_NE(std::string(login_key(nowhere, random).view()), std::string(login_key(nowhere, random).view()));
}

}  // namespace
}  // namespace yubin::app
