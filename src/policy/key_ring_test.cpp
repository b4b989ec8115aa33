#include "policy/key_ring.h"

#include <gtest/gtest.h>

#include "tests/kit/memory_directory.h"

namespace yubin::policy {
namespace {

using State = SigningKeyRow::State;

struct KeyRingTest : testing::Test {
  KeyRingTest() { EXPECT_TRUE(directory->add_domain(domain).wait()); }

  // As after a restart, with this server key.
  void reopen(Result<Secret> seal_key, SigningOptions options = {}) {
    ring = std::make_unique<KeyRing>(KeyRing::Services{directory.signing_keys(), *directory, random, directory.clock()},
                                     std::move(seal_key), options);
  }
  static Secret seal_key(char c) { return Secret(std::string(KeySeal::kKey, c)); }
  void see(std::string const& selector, Sighting::Kind kind = Sighting::Kind::good) {
    ASSERT_TRUE(ring->note(domain, {{selector, kind, kind == Sighting::Kind::good ? "" : "gone"}}).wait());
  }
  std::vector<std::string> active() {
    std::vector<std::string> out;
    for (auto const& key : *ring->active(domain).value()) out.push_back(key->selector);
    return out;
  }
  std::string selectors() {
    std::string out;
    for (SigningKeyRow const& key : ring->of(domain).value())
      out += key.selector + ":" + std::string(to_string(key.state)) + " ";
    return out;
  }

  mime::Domain const domain = kit::domain("a.test");
  kit::MemoryDirectory directory;
  SeededRandom random{1};
  std::unique_ptr<KeyRing> ring;
};

TEST_F(KeyRingTest, a_domain_gets_its_pair_once) {
  reopen(seal_key('k'));
  auto const made = ring->ensure(domain).wait();
  ASSERT_TRUE(made);
  EXPECT_EQ(selectors(), "y2023a-ed:waiting y2023a-rsa:waiting ");
  EXPECT_EQ(ring->ensure(domain).wait().value().size(), 2u);
  EXPECT_EQ(ring->of(domain).value()[0], made->at(0).selector == "y2023a-ed" ? made->at(0) : made->at(1));
  EXPECT_EQ(ring->ensure(kit::domain("none.test")).wait().error().code, Errc::not_found);
}

TEST_F(KeyRingTest, a_key_signs_from_when_it_is_seen_and_over_a_restart) {
  reopen(seal_key('k'));
  ASSERT_TRUE(ring->ensure(domain).wait());
  EXPECT_EQ(active(), std::vector<std::string>{});
  EXPECT_EQ(ring->warnings().size(), 1u);
  see("y2023a-rsa");
  EXPECT_EQ(active(), std::vector<std::string>{"y2023a-rsa"});
  see("y2023a-ed");
  EXPECT_EQ(active(), (std::vector<std::string>{"y2023a-rsa", "y2023a-ed"}));
  EXPECT_TRUE(ring->warnings().empty());
  reopen(seal_key('k'));
  EXPECT_EQ(active(), (std::vector<std::string>{"y2023a-rsa", "y2023a-ed"}));
  see("y2023a-ed", Sighting::Kind::bad);
  EXPECT_EQ(active(), std::vector<std::string>{"y2023a-rsa"});
  ASSERT_EQ(ring->warnings().size(), 1u);
  EXPECT_NE(ring->warnings()[0].find("key y2023a-ed not seen in the DNS (gone)"), std::string::npos);
}

TEST_F(KeyRingTest, rotation_has_no_gap) {
  reopen(seal_key('k'));
  ASSERT_TRUE(ring->ensure(domain).wait());
  EXPECT_EQ(ring->rotate(domain).wait().error().code, Errc::conflict);
  see("y2023a-rsa");
  see("y2023a-ed");
  ASSERT_TRUE(ring->rotate(domain).wait());
  EXPECT_EQ(ring->rotate(domain).wait().error().code, Errc::conflict);
  EXPECT_EQ(active(), (std::vector<std::string>{"y2023a-rsa", "y2023a-ed"}));
  see("y2023b-rsa");
  EXPECT_EQ(active(), (std::vector<std::string>{"y2023b-rsa", "y2023a-ed"}));
  see("y2023b-ed");
  EXPECT_EQ(selectors(), "y2023a-ed:retired y2023a-rsa:retired y2023b-ed:active y2023b-rsa:active ");
  directory.clock().advance(std::chrono::days(14));
  ASSERT_TRUE(ring->look_after(domain));
  EXPECT_EQ(selectors(), "y2023a-ed:revoked y2023a-rsa:revoked y2023b-ed:active y2023b-rsa:active ");
}

TEST_F(KeyRingTest, who_publishes_one_kind_only_can_replace_it) {
  reopen(seal_key('k'), {.rotate = std::chrono::days(30)});
  ASSERT_TRUE(ring->ensure(domain).wait());
  see("y2023a-rsa");
  ASSERT_TRUE(ring->rotate(domain).wait());
  EXPECT_EQ(selectors(), "y2023a-ed:waiting y2023a-rsa:active y2023b-rsa:waiting ");
  EXPECT_EQ(ring->rotate(domain).wait().error().code, Errc::conflict);
  see("y2023b-rsa");
  EXPECT_EQ(selectors(), "y2023a-ed:waiting y2023a-rsa:retired y2023b-rsa:active ");
  directory.clock().advance(std::chrono::days(31));
  ASSERT_TRUE(ring->look_after(domain));
  EXPECT_EQ(selectors(), "y2023a-ed:waiting y2023a-rsa:revoked y2023b-rsa:active y2023c-rsa:waiting ");
}

// Between the look at the keys and the change, a record may be found to be gone.
TEST_F(KeyRingTest, what_waits_and_can_be_opened_stays) {
  reopen(seal_key('k'));
  ASSERT_TRUE(ring->ensure(domain).wait());
  see("y2023a-rsa");
  see("y2023a-ed");
  auto const noted = ring->note(domain, {{"y2023a-rsa", Sighting::Kind::bad, "gone"}});
  ASSERT_TRUE(ring->rotate(domain).wait());
  ASSERT_TRUE(noted.wait());
  EXPECT_NE(selectors().find("y2023a-rsa:waiting"), std::string::npos);
}

TEST_F(KeyRingTest, rotates_by_itself_when_told_to) {
  reopen(seal_key('k'), {.rotate = std::chrono::days(30)});
  ASSERT_TRUE(ring->look_after(domain));
  directory.clock().advance(std::chrono::days(40));
  ASSERT_TRUE(ring->look_after(domain));
  EXPECT_EQ(selectors(), "y2023a-ed:waiting y2023a-rsa:waiting ");
  see("y2023a-rsa");
  see("y2023a-ed");
  ASSERT_TRUE(ring->look_after(domain));
  EXPECT_EQ(selectors(), "y2023a-ed:active y2023a-rsa:active y2023b-ed:waiting y2023b-rsa:waiting ");
}

TEST_F(KeyRingTest, another_servers_key_opens_nothing_and_says_so) {
  reopen(seal_key('k'));
  ASSERT_TRUE(ring->ensure(domain).wait());
  see("y2023a-rsa");
  see("y2023a-ed");
  reopen(seal_key('o'));
  EXPECT_EQ(ring->active(domain).error().code, Errc::denied);
  ASSERT_EQ(ring->warnings().size(), 1u);
  EXPECT_NE(ring->warnings()[0].find("yubin dkim rotate a.test"), std::string::npos);
  ASSERT_TRUE(ring->rotate(domain).wait());
  see("y2023b-rsa");
  see("y2023b-ed");
  EXPECT_EQ(active(), (std::vector<std::string>{"y2023b-rsa", "y2023b-ed"}));
  reopen(fail(Errc::corrupt, "signing.key is damaged"));
  EXPECT_FALSE(ring->active(domain));
  EXPECT_EQ(ring->warnings(), std::vector<std::string>{"no mail is signed (DKIM): signing.key is damaged"});
  EXPECT_TRUE(directory->add_domain(kit::domain("b.test")).wait());
  EXPECT_EQ(ring->ensure(kit::domain("b.test")).wait().error().code, Errc::corrupt);
  // Of a domain that is not there, nothing is tried.
  EXPECT_EQ(ring->ensure(kit::domain("none.test")).wait().error().code, Errc::not_found);
}

TEST_F(KeyRingTest, keys_go_with_their_domain) {
  reopen(seal_key('k'));
  ASSERT_TRUE(ring->ensure(domain).wait());
  ASSERT_TRUE(directory->remove_domain(domain).wait());
  EXPECT_TRUE(ring->of(domain).value().empty());
}

}  // namespace
}  // namespace yubin::policy
