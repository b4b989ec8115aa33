#include "directory/directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/text.h"
#include "directory/rows.h"
#include "tests/kit/memory_directory.h"

namespace yubin::directory {
namespace {

using kit::address;
using kit::domain;

struct DirectoryTest : testing::Test {
  Account add(std::string_view text) { return directory->add_account({address(text), "{X}y"}).wait().value(); }
  Route route(std::string_view text) { return directory->route(address(text)).value(); }
  std::vector<std::string> accounts(std::string_view after, std::size_t limit) {
    std::vector<std::string> texts;
    for (Account const& account : directory->accounts(after, limit).value()) texts.push_back(account.address.text());
    return texts;
  }

  kit::MemoryDirectory directory;
};

TEST_F(DirectoryTest, domains_are_added_listed_and_removed) {
  EXPECT_EQ(directory->add_domain(domain("B.test")).wait().value(),
            (Domain{.name = domain("b.test"), .created = 1'700'000'000, .admin = {}}));
  ASSERT_TRUE(directory->add_domain(domain("a.test")).wait());
  EXPECT_EQ(directory->add_domain(domain("a.TEST")).wait().error().code, Errc::conflict);
  EXPECT_EQ(directory->add_domain(domain("[192.0.2.1]")).wait().error().code, Errc::syntax);
  auto domains = directory->domains().value();
  ASSERT_EQ(domains.size(), 2u);
  EXPECT_EQ(domains[0].name, domain("a.test"));
  EXPECT_EQ(domains[1].name, domain("b.test"));

  EXPECT_TRUE(directory->remove_domain(domain("a.test")).wait());
  EXPECT_EQ(directory->remove_domain(domain("a.test")).wait().error().code, Errc::not_found);
  EXPECT_EQ(directory->domains().value().size(), 1u);
}

TEST_F(DirectoryTest, a_domain_with_accounts_is_not_removed) {
  ASSERT_TRUE(directory->add_domain(domain("a.test")).wait());
  add("hanako@a.test");
  EXPECT_EQ(directory->remove_domain(domain("a.test")).wait().error().code, Errc::conflict);
  ASSERT_TRUE(directory->remove_account(address("hanako@a.test")).wait());
  EXPECT_TRUE(directory->remove_domain(domain("a.test")).wait());
}

TEST_F(DirectoryTest, accounts_are_found_without_case_and_keep_theirs) {
  ASSERT_TRUE(directory->add_domain(domain("a.test")).wait());
  Account added = add("Hanako@a.test");
  EXPECT_EQ(
      added,
      (Account{.id = AccountId(1), .address = address("Hanako@a.test"), .password = "{X}y", .created = 1'700'000'000}));
  EXPECT_EQ(directory->find_account(address("hANAKO@A.test")).value(), added);
  EXPECT_EQ(directory->find_account(added.id).value(), added);
  EXPECT_EQ(directory->find_account(address("taro@a.test")).value(), std::nullopt);
  EXPECT_EQ(directory->find_account(AccountId(2)).value(), std::nullopt);
  EXPECT_EQ(directory->add_account({address("HANAKO@a.test"), ""}).wait().error().code, Errc::conflict);
}

TEST_F(DirectoryTest, only_ascii_has_case) {
  ASSERT_TRUE(directory->add_domain(domain("a.test")).wait());
  EXPECT_NE(add("Ä@a.test").id, add("ä@a.test").id);
}

TEST_F(DirectoryTest, an_account_needs_one_of_our_domains) {
  EXPECT_EQ(directory->add_account({address("hanako@a.test"), ""}).wait().error().code, Errc::not_found);
  EXPECT_EQ(accounts("", 10), std::vector<std::string>{});
}

TEST_F(DirectoryTest, passwords_are_set_and_have_a_limit) {
  ASSERT_TRUE(directory->add_domain(domain("a.test")).wait());
  add("hanako@a.test");
  ASSERT_TRUE(directory->set_password(address("Hanako@a.test"), "{X}z").wait());
  EXPECT_EQ(directory->find_account(address("hanako@a.test")).value()->password, "{X}z");
  std::string too_long(kMaxPasswordRecord + 1, 'x');
  EXPECT_EQ(directory->set_password(address("hanako@a.test"), too_long).wait().error().code, Errc::limit);
  EXPECT_EQ(directory->add_account({address("taro@a.test"), too_long}).wait().error().code, Errc::limit);
  EXPECT_EQ(directory->set_password(address("taro@a.test"), "{X}z").wait().error().code, Errc::not_found);
  EXPECT_EQ(directory->find_account(address("hanako@a.test")).value()->password, "{X}z");
}

TEST_F(DirectoryTest, an_id_is_never_given_again) {
  ASSERT_TRUE(directory->add_domain(domain("a.test")).wait());
  AccountId first = add("hanako@a.test").id;
  EXPECT_EQ(directory->remove_account(address("HANAKO@a.test")).wait().value(), first);
  EXPECT_EQ(directory->remove_account(address("hanako@a.test")).wait().error().code, Errc::not_found);
  EXPECT_EQ(directory->find_account(first).value(), std::nullopt);
  directory.reopen();
  EXPECT_GT(add("hanako@a.test").id, first);
}

TEST_F(DirectoryTest, accounts_come_in_pages) {
  ASSERT_TRUE(directory->add_domain(domain("b.test")).wait());
  ASSERT_TRUE(directory->add_domain(domain("a.test")).wait());
  for (char const* text : {"x@a.test", "B@b.test", "a@b.test", "Y@a.test"}) add(text);
  EXPECT_EQ(accounts("", 10), (std::vector<std::string>{"x@a.test", "Y@a.test", "a@b.test", "B@b.test"}));
  EXPECT_EQ(accounts("", 3), (std::vector<std::string>{"x@a.test", "Y@a.test", "a@b.test"}));
  EXPECT_EQ(accounts("a@b.test", 3), std::vector<std::string>{"B@b.test"});
  EXPECT_EQ(accounts("y@A.test", 1), std::vector<std::string>{"a@b.test"});
  EXPECT_EQ(accounts("none@a.test", 1), std::vector<std::string>{"x@a.test"});
  EXPECT_EQ(accounts("", 0), std::vector<std::string>{});
  EXPECT_EQ(directory->accounts("no address", 1).error().code, Errc::syntax);
}

TEST_F(DirectoryTest, of_two_who_take_one_address_at_once_one_gets_it) {
  ASSERT_TRUE(directory->add_domain(domain("a.test")).wait());
  for (int round = 0; round < 50; ++round) {
    std::string text = "user" + std::to_string(round) + "@a.test";
    std::vector<kv::Ticket<Account>> tickets;
    tickets.reserve(4);
    for (int i = 0; i < 4; ++i) tickets.push_back(directory->add_account({address(text), ""}));
    int added = 0;
    for (auto const& ticket : tickets) {
      auto account = ticket.wait();
      if (account) {
        ++added;
      } else {
        EXPECT_EQ(account.error().code, Errc::conflict);
      }
    }
    EXPECT_EQ(added, 1) << text;
  }
}

TEST_F(DirectoryTest, ids_differ_when_many_add_at_once) {
  ASSERT_TRUE(directory->add_domain(domain("a.test")).wait());
  std::vector<kv::Ticket<Account>> tickets;
  tickets.reserve(200);
  for (int i = 0; i < 200; ++i) {
    tickets.push_back(directory->add_account({address("user" + std::to_string(i) + "@a.test"), ""}));
  }
  std::set<AccountId> ids;
  for (auto const& ticket : tickets) ids.insert(ticket.wait().value().id);
  EXPECT_EQ(ids.size(), 200u);
}

TEST_F(DirectoryTest, a_row_that_cannot_be_read_is_an_error_and_no_unknown_user) {
  ASSERT_TRUE(directory->add_domain(domain("a.test")).wait());
  add("hanako@a.test");
  kv::Batch batch;
  batch.put(kv::Table::directory, name_key(address("hanako@a.test")), "garbage");
  kv::Batch const* batches[] = {&batch};
  ASSERT_TRUE(directory.rows().write(batches));
  EXPECT_EQ(directory->route(address("hanako@a.test")).error().code, Errc::corrupt);
  EXPECT_EQ(directory->find_account(address("hanako@a.test")).error().code, Errc::corrupt);
}

// What the directory should hold, as a map.
struct Reference {
  std::set<std::string> domains;
  std::map<std::string, std::pair<AccountId, std::string>> accounts;  // by folded address: id, password
};

struct Property : DirectoryTest {
  std::string random_domain() { return std::string(1, static_cast<char>('a' + pick(3))) + ".test"; }
  std::string random_address() {
    std::string text = std::string(1, static_cast<char>('p' + pick(4))) + "@" + random_domain();
    if (pick(2) == 0) text[0] = ascii_upper(text[0]);
    return text;
  }
  int pick(int n) { return std::uniform_int_distribution(0, n - 1)(engine); }

  void step();
  void compare();

  std::mt19937 engine{7};
  Reference reference;
  AccountId highest{0};
};

void Property::step() {
  std::string where = random_domain();
  std::string who = random_address();
  std::string folded = address(who).folded();
  std::string of = address(who).domain().text();
  bool exists = reference.accounts.contains(folded);
  std::string password = "{X}" + std::to_string(pick(1000));
  switch (pick(5)) {
    case 0:
      EXPECT_EQ(directory->add_domain(domain(where)).wait().has_value(), reference.domains.insert(where).second);
      break;
    case 1: {
      bool used = std::ranges::any_of(reference.accounts, [&](auto& item) { return item.first.ends_with(where); });
      bool removed = !used && reference.domains.erase(where) > 0;
      EXPECT_EQ(directory->remove_domain(domain(where)).wait().has_value(), removed);
      break;
    }
    case 2: {
      auto added = directory->add_account({address(who), password}).wait();
      ASSERT_EQ(added.has_value(), !exists && reference.domains.contains(of));
      if (!added) break;
      EXPECT_GT(added->id, highest);
      highest = added->id;
      reference.accounts[folded] = {added->id, password};
      break;
    }
    case 3:
      EXPECT_EQ(directory->set_password(address(who), password).wait().has_value(), exists);
      if (exists) reference.accounts[folded].second = password;
      break;
    default:
      EXPECT_EQ(directory->remove_account(address(who)).wait().has_value(), exists);
      reference.accounts.erase(folded);
  }
}

void Property::compare() {
  std::set<std::string> domains;
  for (Domain const& each : directory->domains().value()) domains.insert(each.name.text());
  EXPECT_EQ(domains, reference.domains);

  auto accounts = directory->accounts("", 1000).value();
  EXPECT_EQ(accounts.size(), reference.accounts.size());
  for (Account const& account : accounts) {
    auto expected = reference.accounts.find(account.address.folded());
    ASSERT_NE(expected, reference.accounts.end());
    EXPECT_EQ(account.id, expected->second.first);
    EXPECT_EQ(account.password, expected->second.second);
    EXPECT_EQ(directory->find_account(account.address).value(), account);
    EXPECT_EQ(route(to_upper(account.address.text())), Route(ToAccount{account.id, account.address}));
  }
}

TEST_F(Property, agrees_with_a_map_and_after_every_reopening) {
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 20; ++i) step();
    if (round % 3 == 0) directory.reopen();
    compare();
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(highest.value(), 20u) << "the steps hardly do anything";
}

}  // namespace
}  // namespace yubin::directory
