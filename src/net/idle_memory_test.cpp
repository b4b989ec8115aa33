// What an idle connection costs (docs: 8 KiB in clear, 20 KiB with TLS, both for the whole server). Here a session with
// next to no state, so that what is counted is the connection, its coroutine frames and OpenSSL's part.
#include <gtest/gtest.h>

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)

TEST(IdleMemory, of_a_connection) {
  GTEST_SKIP() << "a sanitizer's allocator is in place, so there is no honest number; see the release build";
}

#else

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <future>

#include "net/listener.h"
#include "net/serve.h"
#include "net/serve_kit.h"

namespace yubin::net {
namespace {

class EchoSession {
 public:
  using Event = std::variant<NeedInput, Send, Body, AwaitCommit, StartTls, Yield, Close>;
  void receive(std::string_view bytes) { bytes_ += bytes; }
  Event poll() {
    if (closing_) return Close{};
    if (bytes_.empty()) return NeedInput{};
    return Send{std::exchange(bytes_, {})};
  }
  void resume(Done) {}
  void wake(WakeReason) { closing_ = true; }

 private:
  std::string bytes_;
  bool closing_ = false;
};

struct NoAnswers {
  Task<> body(std::string_view) { co_return; }
  void secured(tls::Facts const&) {}
  void ended(EchoSession&, Ending) {}
};

class EchoServer {
 public:
  explicit EchoServer(std::shared_ptr<tls::Slot> tls) {
    ServeOptions serve_options;
    serve_options.implicit_tls = tls != nullptr;
    serve_options.tls = std::move(tls);
    auto options = std::make_shared<ServeOptions const>(std::move(serve_options));
    auto socket = listen_on(Endpoint::parse("127.0.0.1:0").value()).value();
    listener_ = std::make_unique<Listener>(loops_, std::move(socket), [options](Connection connection) {
      Loop& loop = connection.loop();
      auto session = std::make_unique<EchoSession>();
      auto answers = std::make_unique<NoAnswers>();
      spawn(loop, serve(std::move(connection), std::move(session), std::move(answers), options));
    });
  }

  Endpoint const& at() const { return listener_->local(); }

  // A reply comes from a task that goes on until it is idle; what is posted then comes after it.
  void settle() {
    std::promise<void> done;
    loops_.at(0).post([&] { done.set_value(); });
    done.get_future().get();
  }

 private:
  SystemClock clock_;
  Loops loops_{1, clock_};
  std::unique_ptr<Listener> listener_;
};

std::size_t heap_in_use() {
  auto const info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// As many connections as the limit on descriptors allows, both ends being ours, but no more than 2000.
std::size_t connections() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(2000, (limit.rlim_cur - 200) / 2);
}

// Opens one, has its first bytes echoed, and keeps the bare descriptor, which costs no heap.
Descriptor idle_client(Endpoint const& server, bool with_tls) {
  kit::Client client(server);
  if (with_tls) EXPECT_TRUE(client.start_tls());
  client.send("hello\r\n");
  EXPECT_EQ(client.line(), "hello");
  return Descriptor(::dup(client.fd()));
}

std::size_t bytes_per_idle_connection(std::shared_ptr<tls::Slot> tls) {
  std::size_t const count = connections();
  bool const with_tls = tls != nullptr;
  EchoServer server(std::move(tls));
  std::vector<Descriptor> clients;
  clients.reserve(count + 10);
  for (int i = 0; i < 10; ++i) clients.push_back(idle_client(server.at(), with_tls));  // what is allocated once
  server.settle();
  std::size_t const before = heap_in_use();
  for (std::size_t i = 0; i < count; ++i) clients.push_back(idle_client(server.at(), with_tls));
  server.settle();
  std::size_t const after = heap_in_use();
  fmt::print("{} idle connections, {}: {} bytes of heap each\n", count, with_tls ? "TLS" : "in clear",
             (after - before) / count);
  return (after - before) / count;
}

TEST(IdleMemory, of_a_connection_in_clear) {
  EXPECT_LE(bytes_per_idle_connection(nullptr), 8u * 1024);
}

TEST(IdleMemory, of_a_connection_with_tls) {
  EXPECT_LE(bytes_per_idle_connection(kit::test_tls()), 20u * 1024);
}

}  // namespace
}  // namespace yubin::net

#endif
