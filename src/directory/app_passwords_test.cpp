#include "directory/app_passwords.h"

#include <gtest/gtest.h>

#include "tests/kit/memory_directory.h"

namespace yubin::directory {
namespace {

using namespace std::chrono_literals;

struct AppPasswordsTest : testing::Test {
  AppPasswordsTest() {
    EXPECT_TRUE(directory->add_domain(kit::domain("a.test")).wait());
    hanako = directory->add_account({kit::address("hanako@a.test"), ""}).wait().value().id;
    taro = directory->add_account({kit::address("taro@a.test"), ""}).wait().value().id;
  }
  static std::string digest(char c) { return std::string(kAppPasswordDigest, c); }
  Result<AppPassword> add(std::string name, char c, std::string_view account = "hanako@a.test") {
    AppPassword password;
    password.name = std::move(name);
    return directory.app_passwords().add(kit::address(account), digest(c), std::move(password)).wait();
  }
  std::vector<std::string> names(AccountId account) {
    std::vector<std::string> all;
    for (AppPassword const& each : directory.app_passwords().list(account).value()) all.push_back(each.name);
    return all;
  }
  // Changes of the directory are made one after another.
  void wait_for_changes() { EXPECT_TRUE(directory->set_catch_all(kit::domain("a.test"), {}).wait()); }

  kit::MemoryDirectory directory;
  AccountId hanako{0};
  AccountId taro{0};
};

TEST_F(AppPasswordsTest, belong_to_one_account) {
  ASSERT_TRUE(add("phone", 'x'));
  ASSERT_TRUE(add("fax", 'y'));
  ASSERT_TRUE(add("phone", 'z', "taro@a.test"));
  EXPECT_EQ(names(hanako), (std::vector<std::string>{"fax", "phone"}));
  EXPECT_EQ(names(taro), std::vector<std::string>{"phone"});
  EXPECT_EQ(directory.app_passwords().find(hanako, digest('x')).value()->name, "phone");
  EXPECT_EQ(directory.app_passwords().find(taro, digest('x')).value(), std::nullopt);
  EXPECT_EQ(directory.app_passwords().find(hanako, digest('x')).value()->created, 1'700'000'000);
}

TEST_F(AppPasswordsTest, are_removed_by_name) {
  ASSERT_TRUE(add("phone", 'x'));
  ASSERT_TRUE(add("fax", 'y'));
  auto remove = [&](std::string name) {
    return directory.app_passwords().remove(kit::address("hanako@a.test"), std::move(name)).wait();
  };
  EXPECT_TRUE(remove("phone"));
  EXPECT_EQ(remove("phone").error().code, Errc::not_found);
  EXPECT_EQ(names(hanako), std::vector<std::string>{"fax"});
  EXPECT_EQ(directory.app_passwords().find(hanako, digest('x')).value(), std::nullopt);
}

TEST_F(AppPasswordsTest, refuse_what_cannot_be) {
  ASSERT_TRUE(add("phone", 'x'));
  EXPECT_EQ(add("phone", 'y').error().code, Errc::conflict);
  EXPECT_EQ(add("", 'y').error().code, Errc::syntax);
  EXPECT_EQ(add("a\nb", 'y').error().code, Errc::syntax);
  EXPECT_EQ(add("\xff", 'y').error().code, Errc::syntax);
  EXPECT_EQ(add(std::string(65, 'n'), 'y').error().code, Errc::limit);
  EXPECT_EQ(add("phone", 'y', "nobody@a.test").error().code, Errc::not_found);
  for (char c = 1; static_cast<std::size_t>(c) < kMaxAppPasswords; ++c) ASSERT_TRUE(add(std::to_string(c), c));
  EXPECT_EQ(add("one more", 'y').error().code, Errc::limit);
}

TEST_F(AppPasswordsTest, know_their_last_use_without_a_row_for_each) {
  AppPasswords& passwords = directory.app_passwords();
  ASSERT_TRUE(add("phone", 'x'));
  auto use = [&](std::string peer) {
    passwords.used(hanako, digest('x'), *passwords.find(hanako, digest('x')).value(), std::move(peer));
    wait_for_changes();
    return *passwords.find(hanako, digest('x')).value();
  };
  EXPECT_EQ(use("192.0.2.1").last_used, 1'700'000'000);
  directory.clock().advance(59min);
  EXPECT_EQ(use("192.0.2.1").last_used, 1'700'000'000);
  AppPassword const elsewhere = use("192.0.2.2");
  EXPECT_EQ(elsewhere.last_used, 1'700'000'000 + 59 * 60);
  EXPECT_EQ(elsewhere.last_peer, "192.0.2.2");
  EXPECT_EQ(use("192.0.2.1").last_peer, "192.0.2.2");  // not twice in a minute
  directory.clock().advance(1h);
  EXPECT_EQ(use("192.0.2.2").last_used, 1'700'000'000 + 119 * 60);
}

TEST_F(AppPasswordsTest, may_be_good_for_one_service_and_network_only) {
  AppPassword password;
  EXPECT_TRUE(password.is_good_for("imaps", "198.51.100.1"));
  password.services = LoginServices(1);
  EXPECT_TRUE(password.is_good_for("submissions", "198.51.100.1"));
  EXPECT_FALSE(password.is_good_for("imaps", "198.51.100.1"));
  password.networks = {IpNetwork::parse("192.0.2.0/24").value()};
  EXPECT_TRUE(password.is_good_for("submission", "192.0.2.9"));
  EXPECT_FALSE(password.is_good_for("submission", "198.51.100.1"));
}

TEST_F(AppPasswordsTest, come_back_with_a_restored_account_and_go_with_a_forgotten_one) {
  ASSERT_TRUE(add("phone", 'x'));
  ASSERT_TRUE(add("phone", 'y', "taro@a.test"));
  ASSERT_TRUE(directory->remove_account(kit::address("hanako@a.test")).wait());
  ASSERT_TRUE(directory->restore_account(kit::address("hanako@a.test")).wait());
  EXPECT_EQ(names(hanako).size(), 1);
  ASSERT_TRUE(directory->remove_account(kit::address("hanako@a.test")).wait());
  ASSERT_TRUE(directory->forget_account(directory->removed_accounts().value().front()).wait());
  EXPECT_TRUE(names(hanako).empty());
  EXPECT_EQ(names(taro).size(), 1);
}

}  // namespace
}  // namespace yubin::directory
