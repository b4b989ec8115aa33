#include "net/serve.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "net/serve_kit.h"

namespace yubin::net {
namespace {

using namespace std::chrono_literals;
using kit::Client;
using kit::Probe;
using kit::Server;

// Waits for the end of a connection, with a guard.
Ending ending(Probe& probe) {
  auto future = probe.ended.get_future();
  EXPECT_EQ(future.wait_for(20s), std::future_status::ready);
  return future.get();
}

// Everything that does not depend on where the session runs is tested in both places.
class Serve : public testing::TestWithParam<Server::Where> {
 protected:
  Server::Settings settings() const { return {.sessions = GetParam()}; }
};

// Time passes when the test says so.
class ServeByHand : public testing::Test {
 protected:
  // A reply that the client has read was sent by a task that goes on until it waits again; this comes behind it.
  void pass(Server& server, std::chrono::seconds time) {
    server.check_timers();
    clock_.advance(time);
    server.check_timers();
  }

  ManualClock clock_{WallTime{}};
  Server::Settings manual_{.clock = &clock_};
};

INSTANTIATE_TEST_SUITE_P(On, Serve, testing::Values(Server::Where::loop, Server::Where::pool),
                         [](auto const& where) { return where.param == Server::Where::loop ? "loop" : "pool"; });

TEST_P(Serve, bytes_may_come_one_by_one_or_many_commands_at_once) {
  Server server(settings());
  Client client(server.at());
  for (char c : std::string_view("ECHO slowly\r\n")) client.send({&c, 1});
  EXPECT_EQ(client.line(), "slowly");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += fmt::format("ECHO {}\r\n", i);
  client.send(many);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(client.line(), std::to_string(i));
  client.send("QUIT\r\n");
  EXPECT_EQ(client.line(), "bye");
  EXPECT_EQ(client.line(), "(end)");
  EXPECT_EQ(ending(*server.probe(0)), Ending::closed);
}

// The session sees to it that HERE is answered on the loop.
TEST_P(Serve, what_needs_no_store_is_answered_on_the_loop) {
  Server server(settings());
  Client client(server.at());
  for (char const* verb : {"HERE", "ECHO", "HERE", "HERE", "ECHO"}) {
    client.send(fmt::format("{} a\r\n", verb));
    ASSERT_EQ(client.line(), "a");
  }
}

TEST_P(Serve, questions_notices_bodies_and_turns) {
  Server server(settings());
  Client client(server.at());
  std::string const body(300000, 'b');
  client.send("ASK ab\r\nNOTE one\r\nNOTE two\r\nBODY 300000\r\n");
  client.send(body);
  client.send("YIELD 10\r\nQUIT\r\n");
  EXPECT_EQ(client.line(), "abab");
  EXPECT_EQ(client.line(), "body taken");
  EXPECT_EQ(client.line(), "yielded");
  EXPECT_EQ(client.line(), "bye");
  auto const probe = server.probe(0);
  ending(*probe);
  EXPECT_EQ(probe->body, body);
  EXPECT_EQ(probe->notes, "onetwo");
}

TEST_P(Serve, nothing_is_answered_before_the_commit) {
  Server server(settings());
  Client client(server.at());
  client.send("COMMIT\r\nECHO after\r\n");
  auto const probe = server.probe(0);
  probe->committing.get_future().get();
  EXPECT_TRUE(client.nothing_there());
  probe->committed.finish();
  EXPECT_EQ(client.line(), "committed");
  EXPECT_EQ(client.line(), "after");
  client.send("COMMIT\r\n");  // done already
  EXPECT_EQ(client.line(), "committed");
}

TEST_P(Serve, a_peer_that_disappears_while_we_write_ends_it_once) {
  Server server(settings());
  Client client(server.at());
  client.send("FLOOD 10000\r\n");
  EXPECT_GT(client.some(), 0u);
  client.close();
  auto const probe = server.probe(0);
  EXPECT_EQ(ending(*probe), Ending::peer_gone);
  server.stop_listening();
  server.loops().begin_shut_down(0s);
  server.loops().join();
  EXPECT_EQ(probe->ends, 1);
}

TEST_P(Serve, a_peer_that_disappears_in_a_body_ends_it_once) {
  Server server(settings());
  Client client(server.at());
  client.send("BODY 1000\r\nhalf of it");
  client.close();
  auto const probe = server.probe(0);
  EXPECT_EQ(ending(*probe), Ending::peer_gone);
  EXPECT_EQ(probe->body, "half of it");
  EXPECT_EQ(probe->ends, 1);
}

// The driver has one Send under way, so what has been made and not received is bounded by the kernel's buffer.
TEST_P(Serve, a_slow_reader_costs_one_piece_of_output) {
  Server server(settings());
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
  int const buffer = 64 * 1024;
  ::setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  ::fcntl(pair[1], F_SETFL, 0);
  auto const probe = server.adopt(Descriptor(pair[0]));
  Client client{Descriptor(pair[1])};
  std::size_t const total = 1000 * 64 * 1024;
  client.send("FLOOD 1000\r\n");
  std::size_t received = 0;
  std::size_t most_ahead = 0;
  while (received < total) {
    std::size_t const count = client.some();
    ASSERT_GT(count, 0u);
    received += count;
    most_ahead = std::max(most_ahead, probe->flooded - std::min<std::size_t>(received, probe->flooded));
  }
  EXPECT_EQ(probe->flooded, total);
  EXPECT_LE(most_ahead, 512u * 1024);
}

TEST_P(Serve, a_wake_up_reaches_an_idle_session) {
  Server server(settings());
  Client client(server.at());
  client.send("ECHO ready\r\n");
  EXPECT_EQ(client.line(), "ready");
  for (int i = 0; i < 100; ++i) {
    server.probe(0)->waker->wake(WakeReason::changed);
    ASSERT_EQ(client.line(), "* changed");
  }
}

TEST_P(Serve, wake_ups_and_input_at_the_same_time_lose_nothing) {
  Server server(settings());
  Client client(server.at());
  auto const probe = server.probe(0);
  std::atomic<bool> done{false};
  std::thread other([&] {
    while (!done) probe->waker->wake(WakeReason::changed);
  });
  for (int i = 0; i < 2000; ++i) {
    client.send(fmt::format("ECHO {}\r\n", i));
    std::string line = client.line();
    while (line == "* changed") line = client.line();
    ASSERT_EQ(line, std::to_string(i));
  }
  done = true;
  other.join();
  client.send("ECHO quiet\r\n");
  while (client.line() != "quiet") {
  }
  // What was pending when the echo was made has been told by now or comes as the next line.
  probe->waker->wake(WakeReason::changed);
  EXPECT_EQ(client.line(), "* changed");
}

TEST_P(Serve, a_waker_may_outlive_its_session) {
  Server server(settings());
  auto const probe = [&] {
    Client client(server.at());
    client.send("QUIT\r\n");
    return server.probe(0);
  }();
  ending(*probe);
  for (int i = 0; i < 100; ++i) probe->waker->wake(WakeReason::changed);
  Client client(server.at());
  client.send("ECHO still here\r\n");
  EXPECT_EQ(client.line(), "still here");
}

TEST_P(Serve, starttls_throws_away_what_was_pipelined_in_clear) {
  Server::Settings with_tls = settings();
  with_tls.serve.tls = kit::test_tls();
  Server server(with_tls);
  Client client(server.at());
  client.send("STARTTLS\r\nECHO injected\r\n");
  EXPECT_EQ(client.line(), "go ahead");
  ASSERT_TRUE(client.start_tls());
  client.send("ECHO secret\r\nQUIT\r\n");
  EXPECT_EQ(client.line(), "secret");
  EXPECT_EQ(client.line(), "bye");
  EXPECT_EQ(client.line(), "(end)");
  auto const probe = server.probe(0);
  EXPECT_EQ(ending(*probe), Ending::closed);
  EXPECT_EQ(probe->secured.value().version, "TLSv1.3");
}

TEST_P(Serve, clear_text_in_place_of_a_handshake_ends_it) {
  Server::Settings with_tls = settings();
  with_tls.serve.tls = kit::test_tls();
  Server server(with_tls);
  Client client(server.at());
  client.send("STARTTLS\r\n");
  EXPECT_EQ(client.line(), "go ahead");
  client.send("ECHO injected\r\n");
  auto const probe = server.probe(0);
  EXPECT_EQ(ending(*probe), Ending::tls_failed);
  EXPECT_FALSE(probe->secured);
}

TEST_P(Serve, tls_from_the_first_byte_carries_large_output_and_input) {
  Server::Settings with_tls = settings();
  with_tls.serve.tls = kit::test_tls();
  with_tls.serve.implicit_tls = true;
  Server server(with_tls);
  Client client(server.at());
  ASSERT_TRUE(client.start_tls());
  std::string const body(1000000, 'b');
  client.send("BODY 1000000\r\n" + body);
  EXPECT_EQ(client.line(), "body taken");
  client.send("FLOOD 50\r\n");
  std::size_t received = 0;
  while (received < 50 * 64 * 1024) received += client.some();
  client.send("QUIT\r\n");
  EXPECT_EQ(client.line(), "bye");
  auto const probe = server.probe(0);
  ending(*probe);
  EXPECT_EQ(probe->body, body);
}

TEST_P(Serve, shutdown_lets_idle_sessions_say_good_bye) {
  Server::Settings two = settings();
  two.loops = 2;
  Server server(two);
  std::vector<Client> clients;
  for (std::size_t i = 0; i < 10; ++i) {
    clients.emplace_back(server.at());
    clients.back().send("ECHO hello\r\n");
    EXPECT_EQ(clients.back().line(), "hello");
  }
  server.stop_listening();
  server.loops().begin_shut_down(1h);
  for (Client& client : clients) {
    EXPECT_EQ(client.line(), "* shutting down");
    EXPECT_EQ(client.line(), "(end)");
  }
  clients.clear();
  server.loops().join();
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(ending(*server.probe(i)), Ending::closed);
}

TEST_F(ServeByHand, shutdown_cuts_who_is_left_when_the_grace_is_over) {
  Server server(manual_);
  Client client(server.at());
  client.send("FLOOD 100000\r\n");
  EXPECT_GT(client.some(), 0u);  // and no more: the session cannot say good-bye
  server.stop_listening();
  server.loops().begin_shut_down(30s);
  server.check_timers();
  clock_.advance(31s);
  Loop& loop = server.loops().at(0);
  loop.post([&] { loop.check_timers(); });
  server.loops().join();
  EXPECT_EQ(ending(*server.probe(0)), Ending::aborted);
}

TEST_F(ServeByHand, the_deadline_of_a_state_wakes_the_session) {
  Server server(manual_);
  Client client(server.at());
  client.send("LIMIT 1800\r\nECHO ready\r\n");
  EXPECT_EQ(client.line(), "ready");
  pass(server, 1799s);
  client.send("ECHO still here\r\n");
  EXPECT_EQ(client.line(), "still here");
  pass(server, 1799s);
  EXPECT_TRUE(client.nothing_there());
  pass(server, 2s);
  EXPECT_EQ(client.line(), "* too slow");
  EXPECT_EQ(client.line(), "(end)");
}

TEST_F(ServeByHand, being_told_of_changes_does_not_prolong_the_deadline) {
  Server server(manual_);
  Client client(server.at());
  client.send("ECHO ready\r\n");
  EXPECT_EQ(client.line(), "ready");
  for (int i = 0; i < 2; ++i) {
    pass(server, 140s);
    server.probe(0)->waker->wake(WakeReason::changed);
    EXPECT_EQ(client.line(), "* changed");
  }
  pass(server, 21s);  // 301 seconds after the last command
  EXPECT_EQ(client.line(), "* too slow");
}

TEST_F(ServeByHand, a_peer_that_takes_nothing_is_cut) {
  Server server(manual_);
  Client client(server.at());
  client.send("FLOOD 100000\r\n");
  EXPECT_GT(client.some(), 0u);
  auto const probe = server.probe(0);
  auto ended = probe->ended.get_future();
  // The writes before the kernel's buffers are full each have their own time, so it may take more than one step.
  while (ended.wait_for(0s) != std::future_status::ready) pass(server, 301s);
  EXPECT_EQ(ended.get(), Ending::stalled);
}

TEST_F(ServeByHand, a_handshake_has_its_time) {
  manual_.serve.tls = kit::test_tls();
  manual_.serve.implicit_tls = true;
  Server server(manual_);
  Client client(server.at());
  auto const probe = server.probe(0);
  auto ended = probe->ended.get_future();
  while (ended.wait_for(0s) != std::future_status::ready) pass(server, 61s);
  EXPECT_EQ(ended.get(), Ending::stalled);
  EXPECT_EQ(client.line(), "(end)");
}

TEST_P(Serve, the_last_reply_reaches_a_peer_that_is_still_sending) {
  Server server(settings());
  Client client(server.at());
  client.send("QUIT\r\n" + std::string(1000000, 'x'));
  EXPECT_EQ(client.line(), "bye");
  EXPECT_EQ(client.line(), "(end)");
}

TEST_P(Serve, an_exception_ends_its_own_connection_only) {
  Server server(settings());
  Client other(server.at());
  other.send("ECHO one\r\n");
  EXPECT_EQ(other.line(), "one");
  Client client(server.at());
  client.send("THROW\r\n");
  EXPECT_EQ(client.line(), "(end)");
  EXPECT_EQ(ending(*server.probe(1)), Ending::failed);
  other.send("ECHO two\r\n");
  EXPECT_EQ(other.line(), "two");
}

}  // namespace
}  // namespace yubin::net
