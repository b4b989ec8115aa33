#include "auth/app_password.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace yubin::auth {
namespace {

constexpr directory::AccountId kHanako{1};
constexpr directory::AccountId kTaro{2};

TEST(AppPasswordSecret, is_long_and_never_the_same) {
  SeededRandom random(1);
  Secret const one = make_app_password(random);
  Secret const other = make_app_password(random);
  EXPECT_EQ(one.view().size(), 23);
  EXPECT_EQ(split(one.view(), '-').size(), 4);
  EXPECT_NE(one.view(), other.view());
  EXPECT_NE(app_password_digest(kHanako, one.view()), app_password_digest(kHanako, other.view()));
}

TEST(AppPasswordSecret, is_found_however_it_is_typed) {
  auto const digest = app_password_digest(kHanako, "abcde-fghij-kmnpq-rstuv");
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest->size(), directory::kAppPasswordDigest);
  EXPECT_EQ(app_password_digest(kHanako, "abcdefghijkmnpqrstuv"), digest);
  EXPECT_EQ(app_password_digest(kHanako, " ABCDE fghij KMNPQ rstuv "), digest);
  EXPECT_NE(app_password_digest(kTaro, "abcdefghijkmnpqrstuv"), digest);
  EXPECT_NE(app_password_digest(kHanako, "abcdefghijkmnpqrstu2"), digest);
}

TEST(AppPasswordSecret, is_not_every_password) {
  for (std::string_view text : {"", "secret", "abcdefghijkmnpqrstu", "abcdefghijkmnpqrstuvw", "abcdefghijklmnpqrstu",
                                "abcdefghijkmnpqrstu0", "abcdefghijkmnpqrstu\xc3\xa4"})
    EXPECT_FALSE(app_password_digest(kHanako, text)) << text;
  EXPECT_FALSE(app_password_digest(kHanako, std::string(1000, '-') + "abcdefghijkmnpqrstuv"));
}

}  // namespace
}  // namespace yubin::auth
