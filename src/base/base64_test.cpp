#include "base/base64.h"

#include <gtest/gtest.h>

#include "base/secret.h"

namespace yubin {
namespace {

TEST(Base64, Rfc4648Section10) {
  struct Row {
    std::string_view plain;
    std::string_view encoded;
  };
  Row const rows[] = {{"", ""},
                      {"f", "Zg=="},
                      {"fo", "Zm8="},
                      {"foo", "Zm9v"},
                      {"foob", "Zm9vYg=="},
                      {"fooba", "Zm9vYmE="},
                      {"foobar", "Zm9vYmFy"},
                      {"\xff\xfe", "//4="}};
  for (Row const& row : rows) {
    EXPECT_EQ(to_base64(row.plain), row.encoded);
    EXPECT_EQ(from_base64(row.encoded), row.plain);
  }
}

TEST(Base64, RefusesWhatItWouldNotWrite) {
  for (std::string_view text :
       {"Zg", "Zg=", "Z===", "====", "=", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Zm9-", "Zg==Zg=="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

TEST(Secret, MovesAndLeavesNothing) {
  Secret first(std::string("short"));
  Secret second = std::move(first);
  EXPECT_EQ(second.view(), "short");
  EXPECT_EQ(first.view(), "");  // NOLINT: what a moved-from secret holds is what this is about
  std::string text = "a password that is too long for the object itself";
  wipe(text);
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace yubin
