#include "directory/settings.h"

#include <gtest/gtest.h>

#include "directory/rows.h"
#include "tests/kit/memory_directory.h"

namespace yubin::directory {
namespace {

using kit::address;
using kit::domain;
using std::chrono::hours;

TEST(Settings, services_are_a_set_of_names) {
  std::vector<std::string> const names = {"IMAPS", "submission"};
  LoginServices const some = LoginServices::parse(names).value();
  EXPECT_EQ(some.names(), (std::vector<std::string>{"smtp", "imap"}));
  for (char const* name : {"imap", "imaps", "submissions", "smtp"}) EXPECT_TRUE(some.allow(name)) << name;
  for (char const* name : {"pop3", "pop3s", "sieve", "", "new"}) EXPECT_FALSE(some.allow(name)) << name;
  EXPECT_TRUE(LoginServices().allow("new"));
  std::vector<std::string> const wrong = {"imap", "imp"};
  EXPECT_EQ(LoginServices::parse(wrong).error().detail,
            "no such service: \"imp\"; there are smtp, imap, pop3, sieve, web");
}

TEST(Settings, rows_come_back) {
  AccountSettings settings;
  EXPECT_EQ(decode_settings(encode_settings(settings)).value(), settings);
  settings = {"花子", LoginServices(2), {IpNetwork::parse("192.0.2.0/24").value()}, 0, 5};
  EXPECT_EQ(decode_settings(encode_settings(settings)).value(), settings);
  EXPECT_EQ(encode_settings(settings)[0], 1);  // as before there were limits on sending
  settings.sending = {7, std::nullopt, 0, 5000};
  EXPECT_EQ(decode_settings(encode_settings(settings)).value(), settings);
  EXPECT_EQ(decode_quota(encode_quota({7, 8})).value(), (Quota{7, 8}));
  RemovedAccount const removed{
      {.id = AccountId(7), .address = address("h@a.test"), .password = "{X}y", .created = 1}, 2, -3};
  EXPECT_EQ(decode_removed(encode_removed(removed)).value(), removed);
  for (std::string record : {encode_settings(settings), encode_quota({7, 8}), encode_removed(removed)}) {
    record += "x";
    EXPECT_FALSE(decode_settings(record) || decode_quota(record) || decode_removed(record));
  }
}

class SettingsTest : public testing::Test {
 public:
  void SetUp() override {
    ASSERT_TRUE(directory->add_domain(domain("a.test")).wait());
    hanako = directory->add_account({address("hanako@a.test"), "{X}y"}).wait().value().id;
  }
  Result<AccountSettings> set(Directory::EditSettings edit) {
    return directory->change_settings(address("hanako@a.test"), std::move(edit)).wait();
  }

  kit::MemoryDirectory directory;
  AccountId hanako;
};

TEST_F(SettingsTest, an_account_has_its_own_quota_or_its_domains) {
  EXPECT_EQ(directory->quota(hanako).value(), Quota{});
  ASSERT_TRUE(directory->change_domain(domain("a.test"), {.quota_bytes = 100, .quota_messages = 10}).wait());
  EXPECT_EQ(directory->quota(hanako).value(), (Quota{100, 10}));
  ASSERT_TRUE(set([](AccountSettings& settings) -> Result<> {
    settings.bytes = 0;
    return {};
  }));
  EXPECT_EQ(directory->quota(hanako).value(), (Quota{0, 10}));
  directory.reopen();
  EXPECT_EQ(directory->settings(hanako).value().bytes, 0U);
  EXPECT_EQ(directory->quota(AccountId(99)).value(), Quota{});
}

TEST_F(SettingsTest, edits_have_limits_and_may_fail) {
  EXPECT_EQ(set([](AccountSettings& settings) -> Result<> {
              settings.name = std::string(kMaxPersonName + 1, 'x');
              return {};
            })
                .error()
                .code,
            Errc::limit);
  EXPECT_EQ(set([](AccountSettings&) -> Result<> { return fail(Errc::syntax, "no"); }).error().detail, "no");
  EXPECT_EQ(directory->settings(hanako).value(), AccountSettings{});
  EXPECT_EQ(directory->change_settings(address("x@a.test"), {}).wait().error().code, Errc::not_found);
}

TEST_F(SettingsTest, a_domain_is_changed_as_a_whole) {
  DomainEdit const edit{.admin = address("nobody@a.test"), .catch_all = address("all@b.test")};
  EXPECT_EQ(directory->change_domain(domain("a.test"), edit).wait().error().code, Errc::not_found);
  EXPECT_EQ(directory->find_domain(domain("a.test")).value()->catch_all, std::nullopt);
}

TEST_F(SettingsTest, a_removed_account_comes_back_as_it_was) {
  Account const before = directory->find_account(hanako).value().value();
  ASSERT_TRUE(set([](AccountSettings& settings) -> Result<> {
    settings.name = "Hanako";
    return {};
  }));
  ASSERT_TRUE(directory->remove_account(address("hanako@a.test"), hours(1)).wait());
  EXPECT_EQ(directory->find_account(address("hanako@a.test")).value(), std::nullopt);
  EXPECT_EQ(directory->route(address("hanako@a.test")).value(), Route(NoSuchUser{}));
  std::vector<RemovedAccount> const removed = directory->removed_accounts().value();
  ASSERT_EQ(removed.size(), 1U);
  EXPECT_EQ(removed[0].account, before);
  EXPECT_EQ(removed[0].purge_after - removed[0].removed, 3600);

  directory.reopen();
  EXPECT_EQ(directory->restore_account(address("HANAKO@a.test")).wait().value(), before);
  EXPECT_EQ(directory->find_account(address("hanako@a.test")).value(), before);
  EXPECT_EQ(directory->settings(hanako).value().name, "Hanako");
  EXPECT_TRUE(directory->removed_accounts().value().empty());
  EXPECT_EQ(directory->restore_account(address("hanako@a.test")).wait().error().code, Errc::not_found);
}

TEST_F(SettingsTest, the_address_may_be_given_again_meanwhile) {
  ASSERT_TRUE(directory->remove_account(address("hanako@a.test")).wait());
  AccountId const second = directory->add_account({address("hanako@a.test"), ""}).wait().value().id;
  EXPECT_GT(second, hanako);
  EXPECT_EQ(directory->restore_account(address("hanako@a.test")).wait().error().code, Errc::conflict);
  ASSERT_TRUE(directory->remove_account(address("hanako@a.test")).wait());
  EXPECT_EQ(directory->removed_accounts().value().size(), 2U);
  EXPECT_EQ(directory->restore_account(address("hanako@a.test")).wait().value().id, second);
}

TEST_F(SettingsTest, after_the_grace_nothing_comes_back) {
  ASSERT_TRUE(directory->remove_account(address("hanako@a.test"), hours(1)).wait());
  directory.clock().advance(hours(1));
  EXPECT_EQ(directory->restore_account(address("hanako@a.test")).wait().error().code, Errc::conflict);
  ASSERT_TRUE(directory->forget_account(directory->removed_accounts().value().at(0)).wait());
  EXPECT_TRUE(directory->removed_accounts().value().empty());
  EXPECT_EQ(directory->restore_account(address("hanako@a.test")).wait().error().code, Errc::not_found);
}

}  // namespace
}  // namespace yubin::directory
