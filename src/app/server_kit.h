// For the tests of app/: a whole server inside the test, and a client that is a descriptor and nothing else.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/server.h"
#include "tls/test_ca.h"

namespace yubin::app::kit {

// A certificate for localhost, by an authority of its own.
inline std::vector<tls::Identity> test_identities() {
  WallTime const now = SystemClock().now();
  tls::Identity const authority = tls::make_test_ca("test", now).value();
  std::string const names[] = {"localhost"};
  std::vector<tls::Identity> identities;
  identities.push_back(tls::issue_test_certificate(authority, names, now, now + std::chrono::days(1)).value());
  return identities;
}

class RunningServer {
 public:
  explicit RunningServer(server::GateSettings gates = {}) {
    std::string folder = std::filesystem::temp_directory_path() / "yubin-server-test-XXXXXX";
    directory_ = ::mkdtemp(folder.data());
    net::Endpoint const anywhere{IpAddress::parse("127.0.0.1").value(), 0};
    server::Settings settings{.host_name = "mx.example.test",
                              .default_domain = mime::Domain::parse("example.test").value()};
    settings.imap.allow_cleartext = true;
    ServerOptions options{.parts = {.directory = directory_ / "store", .auth = {.scheme = auth::Scheme::ssha256_fast}},
                          .admin_socket = directory_ / "admin.sock",
                          .listeners = {{server::find_service("mx"), anywhere},
                                        {server::find_service("imap"), anywhere},
                                        {server::find_service("imaps"), anywhere}},
                          .identities = test_identities(),
                          .settings = std::move(settings),
                          .gates = std::move(gates)};
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

  Server& operator*() { return *server_; }
  // mx, imap, imaps
  std::uint16_t port(std::size_t listener) const { return server_->endpoints().at(listener).port; }

 private:
  void add_account() {
    (void)server_->parts().directory->add_domain(mime::Domain::parse("example.test").value()).wait().value();
    std::string hash = server_->parts().hash_password(Secret("secret")).value();
    (void)server_->parts()
        .directory->add_account({mime::Address::parse("hanako@example.test").value(), hash})
        .wait()
        .value();
  }

  std::filesystem::path directory_;
  std::unique_ptr<Server> server_;
};

// A client in clear that is a descriptor and nothing else, so that it does not disturb the count.
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
  int fd() const { return fd_; }
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

}  // namespace yubin::app::kit
