// Thousands of connections that never log in, each with the worst that it may leave unfinished: what they cost, and
// that others are served meanwhile. Both ends are in this process, so there are half as many as it may have
// descriptors, at most 10,000.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "app/memory_kit.h"
#include "app/server_kit.h"
#include "net/gate.h"

namespace yubin::app {
namespace {

using kit::Client;
using kit::RunningServer;

// docs/ARCHITECTURE.md, "Limits".
constexpr std::size_t kMostBeforeLogin = 32 * 1024;

constexpr std::size_t kMx = 0;
constexpr std::size_t kImap = 1;

struct Attack {
  std::size_t listener;
  std::string_view greeting;
  std::string bytes;  // as much as may be kept, and not complete
};

std::vector<Attack> const& attacks() {
  static std::vector<Attack> const all{
      {kMx, "220", ""},
      {kMx, "220", "EHLO " + std::string(2000, 'x')},
      {kImap, "* OK", ""},
      {kImap, "* OK", "a NOOP " + std::string(8000, '(')},
      {kImap, "* OK", "a LOGIN {8000}\r\n"},
      {kImap, "* OK", "a LOGIN {4096+}\r\n" + std::string(4086, 'x')},  // RFC 7888 section 5: at most so many
      {kImap, "* OK", "a AUTHENTICATE PLAIN\r\n" + std::string(8000, 'A')},
  };
  return all;
}

std::size_t how_many() {
  constexpr std::size_t kWanted = 10000;
  constexpr std::size_t kForOthers = 500;
  std::size_t const descriptors = net::raise_descriptor_limit(2 * kWanted + kForOthers);
  return std::min(kWanted, (descriptors - kForOthers) / 2);
}

void be_served(RunningServer& server) {
  Client mail(server.port(kMx));
  mail.talk("", "220");
  mail.talk("EHLO client.example\r\n", "250 ");
  Client reader(server.port(kImap));
  reader.talk("", "* OK");
  reader.talk("a LOGIN hanako@example.test secret\r\n", "a OK");
}

// Room for all of them: a service that is near its limit hangs up on who is silent for ten seconds.
server::GateSettings wide_gates() {
  server::GateSettings gates;
  for (net::GateOptions* gate : {&gates.with_login, &gates.without_login})
    gate->connections = gate->unauthenticated = 100'000;
  return gates;
}

TEST(Hostile, thousands_who_never_log_in_cost_little_and_others_are_served) {
  RunningServer server(wide_gates());
  be_served(server);
  std::size_t const count = how_many();
  std::vector<Client> clients;
  clients.reserve(count);
  std::size_t const before = kit::allocated_bytes();
  for (std::size_t i = 0; i < count; ++i) {
    Attack const& attack = attacks()[i % attacks().size()];
    Client& client = clients.emplace_back(server.port(attack.listener));
    client.talk(attack.bytes, attack.greeting);
    if (i % (count / 10) == 0) ASSERT_NO_THROW(be_served(server)) << i;
  }
  ASSERT_NO_THROW(be_served(server));
  std::size_t const each = (kit::allocated_bytes() - before) / count;
  fmt::print("{} connections before login: {} bytes each\n", count, each);
  EXPECT_LE(each, kMostBeforeLogin);
  auto const counters = (*server).gates().counters();
  EXPECT_GE(counters.at("mx").unauthenticated + counters.at("imap").unauthenticated, count);
}

}  // namespace
}  // namespace yubin::app
