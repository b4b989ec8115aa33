// Peers that do not mean well, at the driver: what they send slowly, break off or never read ends in time, and nobody
// else notices. Memory: what net/ itself holds for them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "net/proxy_kit.h"
#include "net/serve_kit.h"

namespace yubin::net {
namespace {

using namespace std::chrono_literals;
using kit::Client;
using kit::Probe;
using kit::Server;

Ending ending(Probe& probe) {
  auto future = probe.ended.get_future();
  EXPECT_EQ(future.wait_for(20s), std::future_status::ready);
  return future.get();
}

class Hostile : public testing::Test {
 protected:
  // A reply that the client has read was sent by a task that goes on until it waits again; this comes behind it.
  void pass(Server& server, std::chrono::seconds time) {
    server.check_timers();
    clock_.advance(time);
    server.check_timers();
    server.check_timers();  // a timer's wake-up is posted; this comes behind it
  }

  static void expect_service(Server& server) {
    Client client(server.at());
    client.send("ECHO served\r\n");
    EXPECT_EQ(client.line(), "served");
  }

  ManualClock clock_{WallTime{}};
  Server::Settings manual_{.clock = &clock_};
};

TEST_F(Hostile, a_command_byte_by_byte_has_its_time) {
  Server server(manual_);
  Client client(server.at());
  client.send("ECHO hello\r\n");
  EXPECT_EQ(client.line(), "hello");
  // Never silent for the 300 seconds of `idle`, and yet it ends.
  std::string const slow = "ECHO never";
  for (std::size_t i = 0; i < slow.size() && client.nothing_there(); ++i) {
    client.send(slow.substr(i, 1));
    // The byte has been read when a second connection, accepted later by the same loop, is answered.
    expect_service(server);
    pass(server, 60s);
  }
  EXPECT_EQ(client.line(), "* too slow");
  EXPECT_EQ(client.line(), "(end)");
}

TEST_F(Hostile, a_body_that_trickles_has_its_time) {
  Server server(manual_);
  Client client(server.at());
  client.send("BODY 100000\r\n");
  for (int i = 0; i < 10 && client.nothing_there(); ++i) {
    client.send("x");
    expect_service(server);
    pass(server, 60s);
  }
  EXPECT_EQ(client.line(), "* too slow");
}

TEST_F(Hostile, a_slow_line_may_take_its_time_for_a_large_body) {
  Server server(manual_);
  Client client(server.at());
  std::string const piece(60 * 64, 'x');  // in 60 seconds: twice as fast as the slowest
  client.send("BODY 38400\r\n");
  for (int i = 0; i < 10; ++i) {
    client.send(piece);
    expect_service(server);
    pass(server, 60s);
  }
  EXPECT_EQ(client.line(), "body taken");
}

TEST_F(Hostile, who_does_not_log_in_has_its_time) {
  manual_.serve.login = 180s;
  Server server(manual_);
  Client stranger(server.at());
  Client user(server.at());
  for (Client* client : {&stranger, &user}) client->send("ECHO hello\r\n");
  for (Client* client : {&stranger, &user}) EXPECT_EQ(client->line(), "hello");
  user.send("LOGIN\r\n");
  EXPECT_EQ(user.line(), "welcome");
  pass(server, 100s);
  for (Client* client : {&stranger, &user}) client->send("ECHO again\r\n");
  for (Client* client : {&stranger, &user}) EXPECT_EQ(client->line(), "again");
  pass(server, 81s);
  EXPECT_EQ(stranger.line(), "* too slow");
  user.send("ECHO still here\r\n");
  EXPECT_EQ(user.line(), "still here");
}

TEST_F(Hostile, a_pressed_service_waits_less_for_strangers_only) {
  auto const gate = std::make_shared<Gate>(GateOptions{.unauthenticated = 4, .strict_loopback = true}, clock_);
  manual_.listener.gate = gate;
  Server server(manual_);
  Client user(server.at());
  user.send("LOGIN\r\n");
  EXPECT_EQ(user.line(), "welcome");
  std::vector<Client> strangers;
  for (int i = 0; i < 2; ++i) {
    strangers.emplace_back(server.at());
    strangers.back().send("ECHO x\r\n");
    EXPECT_EQ(strangers.back().line(), "x");
  }
  pass(server, 11s);
  EXPECT_TRUE(strangers[0].nothing_there());  // two of four are not many
  strangers.emplace_back(server.at());
  strangers.back().send("ECHO x\r\n");
  EXPECT_EQ(strangers.back().line(), "x");
  pass(server, 11s);
  EXPECT_EQ(strangers[0].line(), "* too slow");  // who waited already, too
  user.send("ECHO still here\r\n");
  EXPECT_EQ(user.line(), "still here");
}

TEST_F(Hostile, a_peer_that_reads_a_little_now_and_then_is_cut) {
  Server server(manual_);
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
  int const buffer = 4096;
  ::setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  auto const probe = server.adopt(Descriptor(pair[0]));
  Descriptor const reader(pair[1]);
  std::string_view const flood = "FLOOD 2\r\n";
  ASSERT_EQ(::send(reader.get(), flood.data(), flood.size(), 0), static_cast<ssize_t>(flood.size()));
  auto ended = probe->ended.get_future();
  // One read in 250 seconds is progress for `write_stall`, but far below kSlowest.
  int reads = 0;
  while (ended.wait_for(0s) != std::future_status::ready) {
    char bytes[512];
    (void)!::recv(reader.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    pass(server, 250s);
    ASSERT_LT(++reads, 100);
  }
  EXPECT_EQ(ended.get(), Ending::stalled);
}

TEST_F(Hostile, half_closed_peers_get_their_replies_and_the_end) {
  Server server({});
  Client client(server.at());
  client.send("ECHO one\r\nASK two\r\nECHO unfinished");
  client.half_close();
  EXPECT_EQ(client.line(), "one");
  EXPECT_EQ(client.line(), "twotwo");
  EXPECT_EQ(client.line(), "(end)");
  EXPECT_EQ(ending(*server.probe(0)), Ending::peer_gone);
}

TEST_F(Hostile, a_storm_of_resets_leaves_nothing_behind) {
  auto const gate = std::make_shared<Gate>(GateOptions{}, clock_);
  Server::Settings settings{.loops = 2};
  settings.serve.tls = kit::test_tls();
  settings.listener.gate = gate;
  constexpr std::size_t kStorm = 300;
  {
    Server server(settings);
    for (std::size_t i = 0; i < kStorm; ++i) {
      Client client(server.at());
      if (i % 3 == 1) client.send("STARTTLS\r\n");
      if (i % 3 == 2) client.send("FLOOD 10\r\nBODY 1000\r\nhalf");
      client.reset();
    }
    expect_service(server);
    for (std::size_t i = 0; i < kStorm; ++i) {
      Ending const end = ending(*server.probe(i));
      EXPECT_TRUE(end == Ending::peer_gone || end == Ending::tls_failed) << to_string(end);
    }
  }
  EXPECT_EQ(gate->counters().connections, 0u);
}

TEST_F(Hostile, junk_in_place_of_a_client_hello_ends_it) {
  Server::Settings settings;
  settings.serve.tls = kit::test_tls();
  settings.serve.implicit_tls = true;
  Server server(settings);
  std::string const junk[] = {
      "EHLO client.example\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      std::string(70000, '\0'),
      std::string(70000, '\x16'),
      std::string("\x16\x03\x01\xff\xff", 5) + std::string(70000, 'x'),  // a record that is too long
      std::string("\x80\x2e\x01\x00\x02", 5) + std::string(100, 'x'),    // SSL 2
  };
  for (std::size_t i = 0; i < std::size(junk); ++i) {
    Client client(server.at());
    client.send(junk[i]);
    EXPECT_EQ(ending(*server.probe(i)), Ending::tls_failed) << i;
  }
}

TEST_F(Hostile, a_handshake_that_stops_half_way_has_its_time) {
  manual_.serve.tls = kit::test_tls();
  manual_.serve.implicit_tls = true;
  Server server(manual_);
  Client client(server.at());
  client.send(std::string("\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03", 11));  // the beginning of a ClientHello
  auto const probe = server.probe(0);
  auto ended = probe->ended.get_future();
  for (int i = 0; ended.wait_for(0s) != std::future_status::ready; ++i) {
    ASSERT_LT(i, 100);
    client.send("x");  // a byte now and then does not help
    pass(server, 20s);
  }
  EXPECT_EQ(ended.get(), Ending::stalled);
}

class Gated : public testing::Test {
 protected:
  Server::Settings settings(GateOptions options) {
    gate_ = std::make_shared<Gate>(std::move(options), clock_);
    Server::Settings result;
    result.listener = {.gate = gate_, .refusal = "421 4.7.0 too many\r\n"};
    return result;
  }
  SystemClock clock_;
  std::shared_ptr<Gate> gate_;
};

TEST_F(Gated, who_is_refused_is_told_and_closed) {
  Server server(settings({.per_address = 2, .strict_loopback = true}));
  std::vector<Client> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back(server.at());
    clients.back().send("ECHO in\r\n");
    EXPECT_EQ(clients.back().line(), "in");
  }
  for (unsigned i = 0; i < Gate::kTold; ++i) {
    Client refused(server.at());
    EXPECT_EQ(refused.line(), "421 4.7.0 too many");
    EXPECT_EQ(refused.line(), "(end)");
  }
  Client without_words(server.at());
  EXPECT_EQ(without_words.line(), "(end)");
  clients[0].send("QUIT\r\n");
  EXPECT_EQ(clients[0].line(), "bye");
  clients[0].close();
  server.probe(0)->ended.get_future().get();
  while (gate_->counters().connections > 1) std::this_thread::yield();  // it lingers until our end has gone
  Client next(server.at());
  next.send("ECHO in again\r\n");
  EXPECT_EQ(next.line(), "in again");
}

TEST_F(Gated, behind_a_proxy_the_client_counts) {
  Server::Settings behind = settings({.per_address = 1});
  behind.listener.proxies = {IpNetwork::parse("127.0.0.0/8").value()};
  Server server(behind);
  auto from = [&](std::string_view source) {
    return kit::proxy_v2({Endpoint::parse(source).value(), Endpoint::parse("198.51.100.2:25").value()});
  };
  Client first(server.at());
  first.send(from("192.0.2.1:1000") + "ECHO in\r\n");
  EXPECT_EQ(first.line(), "in");
  EXPECT_EQ(server.probe(0)->peer.text(), "192.0.2.1:1000");
  Client same_client(server.at());
  same_client.send(from("192.0.2.1:1001"));
  EXPECT_EQ(same_client.line(), "421 4.7.0 too many");
  Client other(server.at());
  other.send("PROXY TCP4 192.0.2.2 198.51.100.2 1000 25\r\nECHO in too\r\n");
  EXPECT_EQ(other.line(), "in too");
  EXPECT_EQ(server.probe(1)->peer.text(), "192.0.2.2:1000");
  Client silent(server.at());
  silent.send("EHLO client.example\r\n");
  EXPECT_THAT(silent.line(), testing::AnyOf("(end)", "(reset)"));
}

TEST_F(Gated, a_header_from_elsewhere_is_garbage) {
  Server::Settings elsewhere = settings({});
  elsewhere.listener.proxies = {IpNetwork::parse("192.0.2.0/24").value()};
  Server server(elsewhere);
  Client client(server.at());
  client.send("PROXY TCP4 192.0.2.2 198.51.100.2 1000 25\r\nECHO what was that\r\n");
  EXPECT_EQ(client.line(), "what was that");
  EXPECT_TRUE(server.probe(0)->peer.address.is_loopback());
}

TEST_F(Gated, a_proxy_header_may_stand_before_tls) {
  Server::Settings behind = settings({});
  behind.listener.proxies = {IpNetwork::parse("127.0.0.0/8").value()};
  behind.serve.tls = kit::test_tls();
  behind.serve.implicit_tls = true;
  Server server(behind);
  Client client(server.at());
  client.send("PROXY TCP6 2001:db8::1 2001:db8::2 1000 993\r\n");
  ASSERT_TRUE(client.start_tls());
  client.send("ECHO secret\r\n");
  EXPECT_EQ(client.line(), "secret");
  EXPECT_EQ(server.probe(0)->peer.text(), "[2001:db8::1]:1000");
}

}  // namespace
}  // namespace yubin::net
