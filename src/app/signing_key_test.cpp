#include "app/signing_key.h"

#include <gtest/gtest.h>

#include "app/files.h"
#include "tests/kit/temp_directory.h"

namespace yubin::app {
namespace {

struct SigningKeyFile : testing::Test {
  Result<Secret> key() { return signing_key(folder.path(), random); }
  kit::TempDirectory folder;
  SeededRandom random{1};
};

TEST_F(SigningKeyFile, is_made_once_for_its_owner_alone) {
  std::string const made(key().value().view());
  EXPECT_EQ(made.size(), 32u);
  EXPECT_EQ(key().value().view(), made);
  EXPECT_EQ(std::filesystem::status(folder.path() / "signing.key").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

// What it has sealed may still be needed.
TEST_F(SigningKeyFile, is_never_replaced) {
  ASSERT_TRUE(key());
  for (std::string const damaged : {"", "AAAA\n", "not base64"}) {
    ASSERT_TRUE(write_file(folder.path() / "signing.key", damaged));
    Result<Secret> const read = key();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::corrupt);
    EXPECT_EQ(read_file(folder.path() / "signing.key"), damaged);
  }
}

TEST_F(SigningKeyFile, must_be_written) {
  EXPECT_FALSE(signing_key(folder.path() / "nowhere", random));
}

}  // namespace
}  // namespace yubin::app
