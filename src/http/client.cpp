#include "http/client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <cerrno>
#include <cstring>

namespace yubin::http {

namespace {

namespace beast = boost::beast;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<Descriptor> connect(std::filesystem::path const& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string const path = socket.string();
  if (path.size() >= sizeof(address.sun_path)) {
    return fail(Errc::syntax, fmt::format("the socket's path {} is over {} bytes", path, sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Descriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (descriptor.get() < 0) return fail(Errc::temporary, std::strerror(errno));
  if (::connect(descriptor.get(), reinterpret_cast<sockaddr const*>(&address), sizeof(address)) == 0) return descriptor;
  if (errno == EACCES) return fail(Errc::denied, fmt::format("no permission to talk to the server at {}", path));
  return fail(Errc::not_found, fmt::format("no server is running at {}: {}", path, std::strerror(errno)));
}

Result<> send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(Errc::temporary, fmt::format("sending the request: {}", std::strerror(errno)));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace

Result<Response> request(std::filesystem::path const& socket, Request const& request) {
  TRY(Descriptor descriptor, connect(socket));
  TRY_VOID(
      send_all(descriptor.get(), fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                             "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                                             request.method, request.target, request.body.size(), request.body)));
  beast::http::response_parser<beast::http::string_body> parser;
  parser.eager(true);
  parser.body_limit(boost::none);
  std::string pending;
  std::array<char, 65536> buffer;
  while (!parser.is_done()) {
    ssize_t n = ::recv(descriptor.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(Errc::temporary, "the server closed the connection before its answer was complete");
    pending.append(buffer.data(), static_cast<std::size_t>(n));
    beast::error_code error;
    std::size_t used = parser.put(boost::asio::buffer(pending), error);
    pending.erase(0, used);
    if (error && error != beast::http::error::need_more)
      return fail(Errc::temporary, "the answer is not HTTP: " + error.message());
  }
  auto message = parser.release();
  return Response{message.result_int(), std::string(message[beast::http::field::content_type]),
                  std::move(message.body())};
}

}  // namespace yubin::http
