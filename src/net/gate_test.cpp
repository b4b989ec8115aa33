#include "net/gate.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace yubin::net {
namespace {

using namespace std::chrono_literals;

IpAddress at(std::string_view text) {
  return IpAddress::parse(text).value();
}

class GateTest : public testing::Test {
 protected:
  // "in" or the reason.
  std::string knock(Gate& gate, std::string_view peer) {
    auto answer = gate.admit(at(peer));
    if (auto* refused = std::get_if<Gate::Refused>(&answer)) {
      told_ += refused->tell ? 1u : 0u;
      return std::string(to_string(refused->why));
    }
    inside_.push_back(std::get<Gate::Admission>(std::move(answer)));
    return "in";
  }
  std::shared_ptr<Gate> gate(GateOptions options) { return std::make_shared<Gate>(std::move(options), clock_); }

  ManualClock clock_{WallTime{}};
  std::vector<Gate::Admission> inside_;
  unsigned told_ = 0;
};

TEST_F(GateTest, each_limit_has_its_reason) {
  struct Row {
    GateOptions options;
    std::vector<std::string_view> inside;
    std::string_view refused;
    std::string_view still_let_in;
    std::string_view why;
  };
  Row const rows[] = {
      {{.connections = 1}, {"192.0.2.1"}, "198.51.100.1", "", "connections"},
      {{.per_address = 1}, {"192.0.2.1"}, "192.0.2.1", "192.0.2.2", "per_address"},
      {{.per_address = 1}, {"2001:db8::1"}, "2001:db8::1", "2001:db8::2", "per_address"},
      {{.per_network = 2}, {"192.0.2.1", "192.0.2.2"}, "192.0.2.255", "192.0.3.1", "per_network"},
      {{.per_network = 1}, {"2001:db8::1"}, "2001:db8::ffff:1", "2001:db8:0:1::1", "per_network"},
      {{.unauthenticated = 1}, {"192.0.2.1"}, "198.51.100.1", "", "unauthenticated"},
      {{.unauthenticated_per_address = 1}, {"192.0.2.1"}, "192.0.2.1", "192.0.2.2", "unauthenticated_per_address"},
      {{.unauthenticated_per_network = 1}, {"192.0.2.1"}, "192.0.2.9", "192.0.3.1", "unauthenticated_per_network"},
  };
  for (Row const& row : rows) {
    auto const one = gate(row.options);
    for (std::string_view peer : row.inside) EXPECT_EQ(knock(*one, peer), "in");
    EXPECT_EQ(knock(*one, row.refused), row.why);
    if (!row.still_let_in.empty()) EXPECT_EQ(knock(*one, row.still_let_in), "in") << row.why;
    inside_.clear();
    EXPECT_EQ(knock(*one, row.refused), "in") << row.why;
    inside_.clear();
    EXPECT_EQ(one->counters().connections, 0u);
    EXPECT_EQ(one->counters().unauthenticated, 0u);
  }
}

TEST_F(GateTest, who_logs_in_makes_room_for_the_next) {
  auto const one = gate({.unauthenticated_per_address = 1});
  EXPECT_EQ(knock(*one, "192.0.2.1"), "in");
  EXPECT_EQ(knock(*one, "192.0.2.1"), "unauthenticated_per_address");
  inside_[0].authenticated();
  inside_[0].authenticated();
  EXPECT_EQ(knock(*one, "192.0.2.1"), "in");
  GateCounters const counters = one->counters();
  EXPECT_EQ(counters.connections, 2u);
  EXPECT_EQ(counters.unauthenticated, 1u);
  EXPECT_EQ(counters.admitted, 2u);
  EXPECT_EQ(counters.refused[static_cast<std::size_t>(Refusal::unauthenticated_per_address)], 1u);
}

TEST_F(GateTest, loopback_and_listed_networks_are_exempt_from_all_but_the_total) {
  auto const one = gate({.connections = 4, .unauthenticated = 1, .exempt = {IpNetwork::parse("192.0.2.0/24").value()}});
  EXPECT_EQ(knock(*one, "198.51.100.1"), "in");
  EXPECT_EQ(knock(*one, "198.51.100.2"), "unauthenticated");
  for (std::string_view peer : {"127.0.0.1", "::1", "192.0.2.1"}) EXPECT_EQ(knock(*one, peer), "in");
  EXPECT_EQ(knock(*one, "127.0.0.1"), "connections");
}

TEST_F(GateTest, strict_means_loopback_too) {
  auto const one = gate({.per_address = 1, .strict_loopback = true});
  EXPECT_EQ(knock(*one, "127.0.0.1"), "in");
  EXPECT_EQ(knock(*one, "127.0.0.1"), "per_address");
}

TEST_F(GateTest, a_network_is_told_a_few_times_a_minute) {
  auto const one = gate({.per_network = 1});
  EXPECT_EQ(knock(*one, "192.0.2.1"), "in");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(knock(*one, fmt::format("192.0.2.{}", i)), "per_network");
  EXPECT_EQ(told_, Gate::kTold);
  clock_.advance(61s);
  EXPECT_EQ(knock(*one, "192.0.2.9"), "per_network");
  EXPECT_EQ(told_, Gate::kTold + 1);
}

// Somebody with very many networks gets no words in the end, and no memory.
TEST_F(GateTest, what_is_remembered_of_the_refused_is_bounded) {
  auto const one = gate({.connections = 0});
  for (unsigned i = 0; i < 2 * Gate::kRemembered; ++i)
    EXPECT_EQ(knock(*one, fmt::format("10.{}.{}.1", i / 256, i % 256)), "connections");
  EXPECT_EQ(told_, Gate::kRemembered);
  clock_.advance(61s);
  EXPECT_EQ(knock(*one, "192.0.2.1"), "connections");
  EXPECT_EQ(told_, Gate::kRemembered + 1);
}

TEST_F(GateTest, is_pressed_from_three_quarters_of_the_unauthenticated_on) {
  auto const one = gate({.unauthenticated = 4});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(knock(*one, "192.0.2.1"), "in");
  EXPECT_FALSE(inside_[0].pressed());
  EXPECT_EQ(knock(*one, "192.0.2.1"), "in");
  EXPECT_TRUE(inside_[0].pressed());
  inside_[0].authenticated();
  EXPECT_FALSE(inside_[0].pressed());
  EXPECT_FALSE(inside_[1].pressed());
}

}  // namespace
}  // namespace yubin::net
