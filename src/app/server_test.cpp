// The whole server inside the test, for what can only be counted from inside.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "app/memory_kit.h"
#include "app/server_kit.h"
#include "imap/compression.h"

namespace yubin::app {
namespace {

using kit::allocated_bytes;
using kit::Client;
using kit::RunningServer;

constexpr std::size_t kClients = 200;
constexpr std::size_t kMost = 8 * 1024;  // bytes for an idle connection in clear

constexpr std::size_t kMostCompressed = 88 * 1024;  // after COMPRESS=DEFLATE

constexpr int kRounds = 3;

// The least of some rounds: what the server allocates once, for its tables and in its regular jobs, falls into one.
template <class Prepare>
std::size_t bytes_per_idle_client(std::uint16_t port, Prepare prepare) {
  std::vector<Client> clients;
  clients.reserve((1 + kRounds) * kClients);
  auto add = [&] {
    for (std::size_t i = 0; i < kClients; ++i) prepare(clients.emplace_back(port));
  };
  add();  // caches, pools and tables reach their size
  std::size_t least = SIZE_MAX;
  for (int round = 0; round < kRounds; ++round) {
    std::size_t const before = allocated_bytes();
    add();
    std::size_t const after = allocated_bytes();
    least = std::min(least, (after - std::min(before, after)) / kClients);
  }
  return least;
}

TEST(ServerMemory, an_idle_imap_client_in_clear_costs_at_most_8_KB) {
  RunningServer server;
  std::size_t const bytes = bytes_per_idle_client(server.port(1), [](Client& client) {
    client.talk("", "* OK");
    client.talk("a LOGIN hanako@example.test secret\r\n", "a OK");
    client.talk("b SELECT INBOX\r\n", "b OK");
    client.talk("c IDLE\r\n", "+");
  });
  RecordProperty("bytes", static_cast<int>(bytes));
  std::printf("%zu bytes for each client in IDLE\n", bytes);
  EXPECT_GT(bytes, 0u);
  EXPECT_LE(bytes, kMost);
}

// From here on both directions are compressed; what the client keeps of it is gone before anything is counted.
void idle_compressed(Client& client) {
  imap::Compression compression;
  std::string const command = compression.deflate("c IDLE\r\n");
  ASSERT_EQ(::send(client.fd(), command.data(), command.size(), 0), static_cast<ssize_t>(command.size()));
  std::string said;
  char buffer[4096];
  while (!said.ends_with("\r\n")) {
    ssize_t const count = ::recv(client.fd(), buffer, sizeof(buffer), 0);
    ASSERT_GT(count, 0);
    compression.receive({buffer, static_cast<std::size_t>(count)});
    while (compression.has_input()) said += compression.inflate().value();
  }
  ASSERT_EQ(said.front(), '+');
}

TEST(ServerMemory, an_idle_imap_client_with_compression_costs_at_most_88_KB) {
  RunningServer server;
  std::size_t const bytes = bytes_per_idle_client(server.port(1), [](Client& client) {
    client.talk("", "* OK");
    client.talk("a LOGIN hanako@example.test secret\r\n", "a OK");
    client.talk("b COMPRESS DEFLATE\r\n", "b OK");
    idle_compressed(client);
  });
  std::printf("%zu bytes for each client in IDLE after COMPRESS\n", bytes);
  EXPECT_GT(bytes, kMost);
  EXPECT_LE(bytes, kMostCompressed);
}

TEST(ServerMemory, an_idle_smtp_client_costs_at_most_8_KB) {
  RunningServer server;
  std::size_t const bytes = bytes_per_idle_client(server.port(0), [](Client& client) {
    client.talk("", "220");
    client.talk("EHLO client.example\r\n", "250 ");
  });
  std::printf("%zu bytes for each SMTP client after EHLO\n", bytes);
  EXPECT_GT(bytes, 0u);
  EXPECT_LE(bytes, kMost);
}

}  // namespace
}  // namespace yubin::app
