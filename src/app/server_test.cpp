// The whole server inside the test, for what can only be counted from inside.
#include "app/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "tls/test_ca.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define YUBIN_COUNTS_BY_SANITIZER 1
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif
#endif

namespace yubin::app {
namespace {

// What the program asked the allocator for and has not given back.
std::size_t allocated_bytes() {
#ifdef YUBIN_COUNTS_BY_SANITIZER
  return __sanitizer_get_current_allocated_bytes();
#else
  return ::mallinfo2().uordblks;
#endif
}

class RunningServer {
 public:
  RunningServer() {
    std::string folder = std::filesystem::temp_directory_path() / "yubin-server-test-XXXXXX";
    directory_ = ::mkdtemp(folder.data());
    WallTime const now = SystemClock().now();
    tls::Identity const authority = tls::make_test_ca("test", now).value();
    std::string const names[] = {"localhost"};
    net::Endpoint const anywhere{IpAddress::parse("127.0.0.1").value(), 0};
    server::Settings settings{.host_name = "mx.example.test",
                              .default_domain = mime::Domain::parse("example.test").value()};
    settings.imap.allow_cleartext = true;
    ServerOptions options{
        .parts = {.directory = directory_ / "store", .password_scheme = auth::Scheme::ssha256_fast},
        .admin_socket = directory_ / "admin.sock",
        .listeners = {{server::find_service("mx"), anywhere}, {server::find_service("imap"), anywhere}},
        .identity = tls::issue_test_certificate(authority, names, now, now + std::chrono::days(1)).value(),
        .settings = std::move(settings)};
    Result<std::unique_ptr<Server>> started = Server::start(std::move(options));
    if (!started) throw std::runtime_error(started.error().detail);
    server_ = *std::move(started);
    add_account();
    server_->accept();
  }
  ~RunningServer() {
    server_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::uint16_t port(std::size_t listener) const { return server_->endpoints().at(listener).port; }

 private:
  void add_account() {
    (void)server_->parts().directory->add_domain(mime::Domain::parse("example.test").value()).wait().value();
    std::string hash = server_->hash_password(Secret("secret")).value();
    (void)server_->parts()
        .directory->add_account({mime::Address::parse("hanako@example.test").value(), hash})
        .wait()
        .value();
  }

  std::filesystem::path directory_;
  std::unique_ptr<Server> server_;
};

// A client that is a descriptor and nothing else, so that it does not disturb the count.
class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval patience{60, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
      throw std::runtime_error("connect");
  }
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Client(Client const&) = delete;
  ~Client() {
    if (fd_ >= 0) ::close(fd_);
  }

  // Sends, and reads until a line begins with `awaited`.
  void talk(std::string_view bytes, std::string_view awaited) {
    if (!bytes.empty() && ::send(fd_, bytes.data(), bytes.size(), 0) < 0) throw std::runtime_error("send");
    std::string received;
    std::string const at_line = "\n" + std::string(awaited);
    char buffer[4096];
    while (!("\n" + received).contains(at_line) || !received.ends_with("\r\n")) {
      ssize_t n = ::recv(fd_, buffer, sizeof(buffer), 0);
      if (n <= 0) throw std::runtime_error("no line that begins with " + std::string(awaited) + " in: " + received);
      received.append(buffer, static_cast<std::size_t>(n));
    }
  }

 private:
  int fd_;
};

constexpr std::size_t kClients = 200;
constexpr std::size_t kMost = 8 * 1024;  // bytes for an idle connection in clear

template <class Prepare>
std::size_t bytes_per_idle_client(std::uint16_t port, Prepare prepare) {
  std::vector<Client> clients;
  clients.reserve(2 * kClients);
  auto add = [&] {
    for (std::size_t i = 0; i < kClients; ++i) prepare(clients.emplace_back(port));
  };
  add();  // caches, pools and tables reach their size
  std::size_t const before = allocated_bytes();
  add();
  std::size_t const after = allocated_bytes();
  return (after - std::min(before, after)) / kClients;
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
