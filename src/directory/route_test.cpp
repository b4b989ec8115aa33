#include <gtest/gtest.h>

#include "directory/directory.h"
#include "tests/kit/memory_directory.h"

namespace yubin::directory {
namespace {

using kit::address;
using kit::domain;

struct RouteTest : testing::Test {
  RouteTest() {
    EXPECT_TRUE(directory->add_domain(domain("a.test")).wait());
    EXPECT_TRUE(directory->add_domain(domain("b.test")).wait());
  }

  Account add(std::string_view text) { return directory->add_account({address(text), "{X}y"}).wait().value(); }
  Result<> add_alias(std::string_view text, std::vector<std::string> const& targets) {
    return directory->add_alias(alias(text, targets)).wait();
  }
  Alias alias(std::string_view text, std::vector<std::string> const& targets) {
    Alias alias{address(text), {}};
    for (std::string const& target : targets) alias.targets.push_back(address(target));
    return alias;
  }
  Route route(std::string_view text) { return directory->route(address(text)).value(); }
  static Route to(Account const& account) { return ToAccount{account.id, account.address}; }

  kit::MemoryDirectory directory;
};

TEST_F(RouteTest, routes) {
  Account account = add("Hanako@a.test");
  EXPECT_EQ(route("hanako@a.test"), to(account));
  EXPECT_EQ(route("HANAKO@A.TEST"), to(account));
  EXPECT_EQ(route("taro@a.test"), Route(NoSuchUser{}));
  EXPECT_EQ(route("hanako@b.test"), Route(NoSuchUser{}));
  EXPECT_EQ(route("hanako@c.test"), Route(NotOurDomain{}));
  EXPECT_EQ(route("hanako@sub.a.test"), Route(NotOurDomain{}));
  EXPECT_EQ(route("hanako@[192.0.2.1]"), Route(NotOurDomain{}));
}

// Carriers gave out such addresses; they are ordinary names here.
TEST_F(RouteTest, local_parts_with_odd_dots_are_accounts) {
  Account account = add("a..b.@a.test");
  EXPECT_EQ(route("A..B.@a.test"), to(account));
  EXPECT_EQ(route("\"a..b.\"@a.test"), to(account));
  EXPECT_EQ(route("a.b.@a.test"), Route(NoSuchUser{}));
}

TEST_F(RouteTest, postmaster_is_somebody) {
  EXPECT_EQ(route("postmaster@a.test"), Route(NoSuchUser{}));
  EXPECT_EQ(route("postmaster@c.test"), Route(NotOurDomain{}));

  Account taro = add("taro@a.test");
  Account hanako = add("hanako@a.test");
  Account chief = add("chief@b.test");
  EXPECT_EQ(route("PostMaster@a.test"), to(taro)) << "the first that was added";

  ASSERT_TRUE(directory->set_domain_admin(domain("a.test"), address("CHIEF@b.test")).wait());
  EXPECT_EQ(route("postmaster@a.test"), to(chief));

  ASSERT_TRUE(directory->remove_account(chief.address).wait());
  EXPECT_EQ(route("postmaster@a.test"), to(hanako)) << "the first by address";

  Account postmaster = add("Postmaster@a.test");
  EXPECT_EQ(route("postmaster@a.test"), to(postmaster));
}

TEST_F(RouteTest, an_admin_that_is_removed_is_followed_by_who_is_there_and_not_by_who_comes) {
  add("taro@a.test");
  Account hanako = add("hanako@a.test");
  ASSERT_TRUE(directory->remove_account(address("Taro@a.test")).wait());
  add("taro@a.test");
  add("aki@a.test");
  EXPECT_EQ(route("postmaster@a.test"), to(hanako));
}

TEST_F(RouteTest, an_admin_is_an_account_of_ours) {
  EXPECT_EQ(directory->set_domain_admin(domain("c.test"), address("x@a.test")).wait().error().code, Errc::not_found);
  EXPECT_EQ(directory->set_domain_admin(domain("a.test"), address("x@a.test")).wait().error().code, Errc::not_found);
}

TEST_F(RouteTest, a_detail_is_passed_over) {
  Account hanako = add("hanako@a.test");
  EXPECT_EQ(route("hanako+shop@a.test"), to(hanako));
  EXPECT_EQ(route("Hanako+a+b@a.test"), to(hanako));
  EXPECT_EQ(route("hanako+@a.test"), to(hanako));
  EXPECT_EQ(route("+hanako@a.test"), Route(NoSuchUser{}));
  EXPECT_EQ(route("taro+shop@a.test"), Route(NoSuchUser{}));
  EXPECT_EQ(route("hanako+shop@c.test"), Route(NotOurDomain{}));
}

TEST_F(RouteTest, the_exact_name_goes_before_the_one_without_detail_and_that_before_the_catch_all) {
  Account all = add("all@b.test");
  ASSERT_TRUE(directory->set_catch_all(domain("a.test"), all.address).wait());
  EXPECT_EQ(route("hanako+shop@a.test"), to(all));
  Account hanako = add("hanako@a.test");
  EXPECT_EQ(route("hanako+shop@a.test"), to(hanako));
  Account shop = add("hanako+shop@a.test");
  EXPECT_EQ(route("HANAKO+shop@a.test"), to(shop));
  EXPECT_EQ(route("hanako+other@a.test"), to(hanako));
}

TEST_F(RouteTest, a_catch_all_takes_what_is_nobodys_but_postmasters_mail) {
  Account hanako = add("hanako@a.test");
  Account all = add("all@b.test");
  ASSERT_TRUE(directory->set_catch_all(domain("a.test"), address("ALL@b.test")).wait());
  EXPECT_EQ(route("taro@a.test"), to(all));
  EXPECT_EQ(route("taro@b.test"), Route(NoSuchUser{}));
  EXPECT_EQ(route("postmaster@a.test"), to(hanako));
  ASSERT_TRUE(directory->set_catch_all(domain("a.test"), address("x@c.test")).wait());
  EXPECT_EQ(route("taro@a.test"), Route(ToMany{{}, {address("x@c.test")}}));
  ASSERT_TRUE(directory->set_catch_all(domain("a.test"), std::nullopt).wait());
  EXPECT_EQ(route("taro@a.test"), Route(NoSuchUser{}));
  EXPECT_EQ(directory->set_catch_all(domain("c.test"), all.address).wait().error().code, Errc::not_found);
}

TEST_F(RouteTest, an_alias_of_one_account_is_that_account) {
  Account hanako = add("hanako@a.test");
  ASSERT_TRUE(add_alias("Sales@a.test", {"HANAKO+sales@a.test"}));
  EXPECT_EQ(route("sales@A.test"), to(hanako));
  EXPECT_EQ(route("sales+x@a.test"), to(hanako));
}

TEST_F(RouteTest, an_alias_leads_to_many_each_once) {
  Account hanako = add("hanako@a.test");
  Account taro = add("taro@b.test");
  ASSERT_TRUE(add_alias("some@a.test", {"hanako@a.test", "friend@c.test", "nobody@a.test"}));
  ASSERT_TRUE(add_alias("all@a.test", {"some@a.test", "Taro@b.test", "hanako@a.test", "friend@c.test"}));
  EXPECT_EQ(route("all@a.test"),
            Route(ToMany{{{taro.id, taro.address}, {hanako.id, hanako.address}}, {address("friend@c.test")}}));
}

TEST_F(RouteTest, an_alias_that_leads_to_nobody_is_nobody) {
  ASSERT_TRUE(add_alias("gone@a.test", {"nobody@a.test", "nobody@b.test"}));
  EXPECT_EQ(route("gone@a.test"), Route(NoSuchUser{}));
}

TEST_F(RouteTest, an_alias_that_would_lead_back_to_itself_is_refused_and_the_way_named) {
  EXPECT_EQ(add_alias("self@a.test", {"Self@a.test"}).error(),
            (Error{Errc::conflict, "self@a.test would lead back to itself: self@a.test > self@a.test"}));
  ASSERT_TRUE(add_alias("ping@a.test", {"pong@a.test"}));
  ASSERT_TRUE(add_alias("pong@a.test", {"ball@a.test"}));
  EXPECT_EQ(add_alias("ball@a.test", {"other@a.test", "PING@a.test"}).error().detail,
            "ball@a.test would lead back to itself: ball@a.test > ping@a.test > pong@a.test > ball@a.test");
  // A catch-all is no alias; what goes round through one leads to nobody.
  ASSERT_TRUE(directory->set_catch_all(domain("a.test"), address("ping@a.test")).wait());
  EXPECT_EQ(route("ping@a.test"), Route(NoSuchUser{}));
}

TEST_F(RouteTest, abuse_leads_to_the_admin_as_postmaster_does) {
  Account admin = add("admin@a.test");
  EXPECT_EQ(route("Abuse@a.test"), to(admin));
  EXPECT_EQ(route("abuser@a.test"), Route(NoSuchUser{}));
}

TEST_F(RouteTest, aliases_are_followed_ten_deep) {
  Account end = add("end@a.test");
  // From the top down, because an alias is refused whose way is too long when it is made.
  for (int i = 11; i >= 1; --i) {
    std::string next = i == 1 ? "end@a.test" : "x" + std::to_string(i - 1) + "@a.test";
    ASSERT_TRUE(add_alias("x" + std::to_string(i) + "@a.test", {next}));
  }
  EXPECT_EQ(route("x10@a.test"), to(end));
  EXPECT_EQ(directory->route(address("x11@a.test")).error().code, Errc::limit);
  EXPECT_EQ(add_alias("x12@a.test", {"x11@a.test"}).error().code, Errc::limit);
}

TEST_F(RouteTest, an_alias_leads_to_a_thousand_addresses_and_no_more) {
  std::vector<std::string> targets;
  for (int i = 0; i < 1000; ++i) targets.push_back("m" + std::to_string(i) + "@c.test");
  ASSERT_TRUE(add_alias("thousand@a.test", targets));
  EXPECT_EQ(std::get<ToMany>(route("thousand@a.test")).remote.size(), 1000u);
  ASSERT_TRUE(add_alias("more@a.test", {"thousand@a.test"}));
  EXPECT_EQ(directory->route(address("more@a.test")).error().code, Errc::limit);
  targets.push_back("m1000@c.test");
  EXPECT_EQ(add_alias("over@a.test", targets).error().code, Errc::limit);
  EXPECT_EQ(add_alias("over@a.test", std::vector(900, std::string(60, 'x') + "@" + std::string(63, 'y') + "." +
                                                          std::string(63, 'y') + "." + std::string(63, 'y')))
                .error()
                .code,
            Errc::limit);
}

TEST_F(RouteTest, an_alias_of_postmaster_goes_before_the_admin) {
  add("hanako@a.test");
  Account taro = add("taro@a.test");
  ASSERT_TRUE(add_alias("postmaster@a.test", {"taro@a.test"}));
  EXPECT_EQ(route("PostMaster@a.test"), to(taro));
}

TEST_F(RouteTest, an_alias_domain_has_the_names_of_the_other) {
  ASSERT_TRUE(directory->add_alias_domain(domain("alias.test"), domain("a.test")).wait());
  Account hanako = add("hanako@a.test");
  EXPECT_EQ(route("Hanako@alias.test"), to(hanako));
  EXPECT_EQ(route("hanako+shop@alias.test"), to(hanako));
  EXPECT_EQ(route("postmaster@alias.test"), to(hanako));
  EXPECT_EQ(route("taro@alias.test"), Route(NoSuchUser{}));
  ASSERT_TRUE(directory->set_catch_all(domain("a.test"), hanako.address).wait());
  EXPECT_EQ(route("taro@alias.test"), to(hanako));
}

TEST_F(RouteTest, an_alias_domain_has_nothing_of_its_own) {
  add("hanako@a.test");
  EXPECT_EQ(directory->add_alias_domain(domain("x.test"), domain("c.test")).wait().error().code, Errc::not_found);
  ASSERT_TRUE(directory->add_alias_domain(domain("alias.test"), domain("a.test")).wait());
  auto expect_conflict = [](auto ticket) { EXPECT_EQ(ticket.wait().error().code, Errc::conflict); };
  expect_conflict(directory->add_domain(domain("alias.test")));
  expect_conflict(directory->add_alias_domain(domain("alias.test"), domain("b.test")));
  expect_conflict(directory->add_alias_domain(domain("alias2.test"), domain("alias.test")));
  expect_conflict(directory->add_account({address("x@alias.test"), ""}));
  expect_conflict(directory->add_alias(alias("x@alias.test", {"hanako@a.test"})));
  expect_conflict(directory->set_domain_admin(domain("alias.test"), address("hanako@a.test")));
  expect_conflict(directory->set_catch_all(domain("alias.test"), address("hanako@a.test")));

  ASSERT_TRUE(directory->remove_account(address("hanako@a.test")).wait());
  expect_conflict(directory->remove_domain(domain("a.test")));
  ASSERT_TRUE(directory->remove_domain(domain("alias.test")).wait());
  EXPECT_TRUE(directory->remove_domain(domain("a.test")).wait());
}

TEST_F(RouteTest, accounts_and_aliases_share_one_name_space) {
  add("hanako@a.test");
  ASSERT_TRUE(add_alias("sales@a.test", {"hanako@a.test"}));
  EXPECT_EQ(add_alias("Hanako@a.test", {"x@c.test"}).error().code, Errc::conflict);
  EXPECT_EQ(add_alias("SALES@a.test", {"x@c.test"}).error().code, Errc::conflict);
  EXPECT_EQ(directory->add_account({address("sales@a.test"), ""}).wait().error().code, Errc::conflict);
  EXPECT_EQ(add_alias("x@c.test", {"hanako@a.test"}).error().code, Errc::not_found);
  EXPECT_EQ(add_alias("x@a.test", {}).error().code, Errc::syntax);

  EXPECT_EQ(directory->find_account(address("sales@a.test")).value(), std::nullopt);
  EXPECT_EQ(directory->find_alias(address("hanako@a.test")).value(), std::nullopt);
  EXPECT_EQ(directory->remove_account(address("sales@a.test")).wait().error().code, Errc::not_found);
  EXPECT_EQ(directory->remove_alias(address("hanako@a.test")).wait().error().code, Errc::not_found);
  EXPECT_EQ(directory->set_password(address("sales@a.test"), "").wait().error().code, Errc::not_found);
}

TEST_F(RouteTest, aliases_are_changed_listed_and_removed) {
  add("a@a.test");
  ASSERT_TRUE(add_alias("B@a.test", {"x@c.test"}));
  add("c@a.test");
  ASSERT_TRUE(add_alias("d@a.test", {"y@c.test"}));
  EXPECT_EQ(directory->find_alias(address("b@a.test")).value(), alias("B@a.test", {"x@c.test"}));
  EXPECT_EQ(directory->aliases("", 10).value(),
            (std::vector{alias("B@a.test", {"x@c.test"}), alias("d@a.test", {"y@c.test"})}));
  EXPECT_EQ(directory->aliases("", 1).value().size(), 1u);
  EXPECT_EQ(directory->aliases("b@a.test", 1).value(), std::vector{alias("d@a.test", {"y@c.test"})});
  EXPECT_EQ(directory->accounts("", 2).value().size(), 2u);

  ASSERT_TRUE(directory->set_alias(alias("b@a.test", {"z@c.test"})).wait());
  EXPECT_EQ(route("b@a.test"), Route(ToMany{{}, {address("z@c.test")}}));
  EXPECT_EQ(directory->set_alias(alias("x@a.test", {"z@c.test"})).wait().error().code, Errc::not_found);
  EXPECT_EQ(directory->set_alias(alias("b@a.test", {})).wait().error().code, Errc::syntax);
  ASSERT_TRUE(directory->remove_alias(address("B@A.test")).wait());
  EXPECT_EQ(route("b@a.test"), Route(NoSuchUser{}));
  EXPECT_EQ(directory->remove_alias(address("b@a.test")).wait().error().code, Errc::not_found);
}

}  // namespace
}  // namespace yubin::directory
