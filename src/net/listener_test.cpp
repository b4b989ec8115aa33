#include "net/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <future>
#include <set>

#include "base/log.h"
#include "net/serve_kit.h"

namespace yubin::net {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Endpoint at(std::string_view text) {
  return Endpoint::parse(text).value();
}

TEST(Endpoint, texts_come_back) {
  for (std::string_view text : {"192.0.2.1:25", "[2001:db8::1]:65535", "0.0.0.0:0", "[::]:143"})
    EXPECT_EQ(at(text).text(), text);
}

TEST(Endpoint, what_is_none_is_refused) {
  for (std::string_view text : {"", ":", "25", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:+25", "::1:25",
                                "[192.0.2.1]:25", "[::1]", "[::1]25", "mx.example.test:25", "[::1:25", "::1]:25"})
    EXPECT_FALSE(Endpoint::parse(text)) << text;
}

TEST(Listen, the_kernel_may_choose_the_port) {
  auto const v4 = listen_on(at("127.0.0.1:0")).value();
  EXPECT_NE(v4.local.port, 0);
  EXPECT_EQ(v4.local.address.text(), "127.0.0.1");
  auto const v6 = listen_on(at("[::1]:0"));
  if (v6) EXPECT_EQ(v6->local.address.text(), "::1");
}

TEST(Listen, both_versions_of_ip_may_have_the_same_port) {
  auto const v6 = listen_on(at("[::]:0"));
  if (!v6) GTEST_SKIP() << v6.error().detail;
  EXPECT_TRUE(listen_on({IpAddress::v4({0, 0, 0, 0}), v6->local.port}));
}

TEST(Listen, errors_say_what_to_do) {
  auto const taken = listen_on(at("127.0.0.1:0")).value();
  auto const again = listen_on(taken.local);
  EXPECT_EQ(again.error(), (Error{Errc::conflict, "cannot listen on " + taken.local.text() +
                                                      ": address already in use; stop the other program or choose "
                                                      "another port"}));
  EXPECT_THAT(listen_on(at("192.0.2.1:0")).error().detail,
              HasSubstr("cannot listen on 192.0.2.1:0: this machine does not have the address; "));
}

TEST(Listener, hands_connections_to_all_loops_in_turn) {
  kit::Server server({.loops = 3});
  std::set<Loop*> used;
  std::vector<kit::Client> clients;
  for (std::size_t i = 0; i < 6; ++i) {
    clients.emplace_back(server.at());
    clients.back().send("ECHO x\r\n");
    EXPECT_EQ(clients.back().line(), "x");
    used.insert(server.probe(i)->loop);
  }
  EXPECT_EQ(used.size(), 3u);
}

TEST(Listener, tells_both_ends) {
  SystemClock clock;
  Loops loops(1, clock);
  std::promise<std::pair<Endpoint, Endpoint>> ends;
  Listener listener(loops, listen_on(at("127.0.0.1:0")).value(),
                    [&](Connection c) { ends.set_value({c.peer(), c.local()}); });
  kit::Client client(listener.local());
  sockaddr_in own{};
  socklen_t length = sizeof own;
  ::getsockname(client.fd(), reinterpret_cast<sockaddr*>(&own), &length);
  auto const [peer, local] = ends.get_future().get();
  EXPECT_EQ(peer, (Endpoint{IpAddress::v4({127, 0, 0, 1}), ntohs(own.sin_port)}));
  EXPECT_EQ(local, listener.local());
}

TEST(Listener, accepts_no_more_when_stopped) {
  SystemClock clock;
  Loops loops(1, clock);
  Listener listener(loops, listen_on(at("127.0.0.1:0")).value(), [](Connection) {});
  listener.stop();
  EXPECT_TRUE(listen_on(listener.local()));
}

// A listening socket of the file system.
struct Path {
  Path() {
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ::unlink(path.c_str());
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket.get(), 10), 0);
  }
  ~Path() { ::unlink(path.c_str()); }

  Descriptor connect() const {
    Descriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address), 0);
    return client;
  }

  std::string const path = testing::TempDir() + "yubin-listener-" + std::to_string(::getpid());
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
};

TEST(Listener, at_a_full_gate_the_next_one_waits_and_is_not_refused) {
  SystemClock clock;
  Loops loops(1, clock);
  Path path;
  auto const gate = std::make_shared<Gate>(gate_by_number(1), clock);
  std::promise<std::optional<unsigned>> users[2];
  std::atomic<std::size_t> count{0};
  std::optional<Connection> first;
  Listener listener(loops, ListeningSocket{std::move(path.socket), {}},
                    [&](Connection connection) {
                      std::size_t const n = count++;
                      users[n].set_value(connection.user());
                      if (n == 0) first.emplace(std::move(connection));
                    },
                    {.gate = gate, .wait_when_full = true});
  Descriptor const one = path.connect();
  EXPECT_EQ(users[0].get_future().get(), ::getuid());
  Descriptor const two = path.connect();
  EXPECT_TRUE(gate->is_full());
  EXPECT_EQ(count, 1u);
  loops.next().post([&first] { first.reset(); });
  EXPECT_EQ(users[1].get_future().get(), ::getuid());
  EXPECT_EQ(gate->counters().refused[static_cast<std::size_t>(Refusal::connections)], 0u);
}

TEST(Listener, a_connection_of_the_network_has_no_user) {
  SystemClock clock;
  Loops loops(1, clock);
  std::promise<std::optional<unsigned>> user;
  Listener listener(loops, listen_on(at("127.0.0.1:0")).value(), [&](Connection c) { user.set_value(c.user()); });
  kit::Client const client(listener.local());
  EXPECT_EQ(user.get_future().get(), std::nullopt);
}

TEST(Listener, the_log_names_a_socket_of_the_file_system_by_its_path) {
  Path path;
  std::string lines;
  set_log_sink([&lines](LogLevel, std::string_view line) { lines += line; });
  {
    SystemClock clock;
    Loops loops(1, clock);
    Listener const listener(loops, ListeningSocket{std::move(path.socket), {}}, [](Connection) {});
  }
  set_log_sink([](LogLevel, std::string_view) {});
  EXPECT_THAT(lines, HasSubstr("on=" + path.path));
}

TEST(Listener, goes_on_after_running_out_of_descriptors) {
  ManualClock clock{WallTime{}};
  std::promise<void> failed;
  std::atomic<bool> told{false};
  set_log_sink([&](LogLevel, std::string_view line) {
    if (line.contains("net.accept_failed") && !told.exchange(true)) failed.set_value();
  });
  {
    kit::Server server({.clock = &clock});
    kit::Client first(server.at());
    first.send("ECHO one\r\n");
    EXPECT_EQ(first.line(), "one");

    // One descriptor more is all there is, and the client takes it.
    int const next = ::dup(first.fd());
    ::close(next);
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit const few{.rlim_cur = static_cast<rlim_t>(next) + 1, .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
    kit::Client second(server.at());
    failed.get_future().get();
    ::setrlimit(RLIMIT_NOFILE, &before);

    clock.advance(1s);
    server.check_timers();
    second.send("ECHO two\r\n");
    EXPECT_EQ(second.line(), "two");
  }
  set_log_sink([](LogLevel, std::string_view) {});
}

}  // namespace
}  // namespace yubin::net
