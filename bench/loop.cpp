#include "bench/loop.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace yubin::bench {

namespace {

[[noreturn]] void fail(Target const& target, std::string_view what) {
  throw std::runtime_error(fmt::format("{}:{}: {}", target.host, target.port, what));
}

constexpr std::size_t kPiece = 256 * 1024;

}  // namespace

Client::~Client() {
  if (ssl_ != nullptr) SSL_free(ssl_);
  if (fd_ >= 0) ::close(fd_);
}

int Client::connect_to_address() const {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(target_.port);
  ::inet_pton(AF_INET, target_.host.c_str(), &address.sin_addr);
  return ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

int Client::connect_to_path() const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  target_.host.copy(address.sun_path, sizeof address.sun_path - 1);
  return ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

void Client::open() {
  bool const is_path = target_.host.starts_with('/');
  fd_ = ::socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // On loopback this does not wait: the kernel answers from the listener's queue.
  if ((is_path ? connect_to_path() : connect_to_address()) != 0) fail(target_, std::strerror(errno));
  int const on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  input_.clear();
  output_.clear();
  sent_ = 0;
  secured_ = closing_ = waits_for_write_ = false;
  if (target_.tls) {
    ssl_ = SSL_new(loop_.tls());
    SSL_set_fd(ssl_, fd_);
    SSL_set_connect_state(ssl_);
    SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  epoll_event event{.events = EPOLLIN, .data = {.ptr = this}};
  ::epoll_ctl(loop_.poll_descriptor(), EPOLL_CTL_ADD, fd_, &event);
  // Non-blocking from here on.
  int nonblocking = 1;
  ::ioctl(fd_, FIONBIO, &nonblocking);
  if (ssl_ != nullptr) handshake();
}

void Client::close() {
  closing_ = true;
  if (sent_ < output_.size()) return;
  if (ssl_ != nullptr) SSL_free(std::exchange(ssl_, nullptr));
  ::close(std::exchange(fd_, -1));
}

void Client::send(std::string_view bytes) {
  output_ += bytes;
  if (ssl_ == nullptr || secured_) write_all();
}

void Client::on_ready(std::uint32_t) {
  if (ssl_ != nullptr && !secured_) handshake();
  if (ssl_ != nullptr && !secured_) return;
  if (waits_for_write_) write_all();
  if (fd_ >= 0) read_all();
}

void Client::handshake() {
  int const done = SSL_do_handshake(ssl_);
  if (done == 1) {
    secured_ = true;
    return write_all();
  }
  int const error = SSL_get_error(ssl_, done);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) fail(target_, "the TLS handshake failed");
}

void Client::read_all() {
  thread_local std::array<char, kPiece> buffer;
  for (;;) {
    ssize_t const n = ssl_ != nullptr ? SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()))
                                      : ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n > 0) {
      input_.append(buffer.data(), static_cast<std::size_t>(n));
      on_input(input_);
      if (fd_ < 0 || closing_) return;
      if (ssl_ == nullptr && static_cast<std::size_t>(n) < buffer.size()) return;
      continue;
    }
    bool const later = ssl_ != nullptr ? SSL_get_error(ssl_, static_cast<int>(n)) == SSL_ERROR_WANT_READ
                                       : n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (later) return;
    fail(target_, fmt::format("the connection was lost; the last words were: {:.200}", input_));
  }
}

void Client::write_all() {
  while (sent_ < output_.size()) {
    std::size_t const left = output_.size() - sent_;
    ssize_t const n = ssl_ != nullptr ? SSL_write(ssl_, output_.data() + sent_, static_cast<int>(left))
                                      : ::send(fd_, output_.data() + sent_, left, MSG_NOSIGNAL);
    if (n > 0) {
      sent_ += static_cast<std::size_t>(n);
      continue;
    }
    bool const later = ssl_ != nullptr ? SSL_get_error(ssl_, static_cast<int>(n)) == SSL_ERROR_WANT_WRITE
                                       : errno == EAGAIN || errno == EWOULDBLOCK;
    if (!later) fail(target_, "the connection was lost while sending");
    break;
  }
  if (sent_ == output_.size()) {
    output_.clear();
    sent_ = 0;
    if (closing_) return close();
  }
  watch();
}

void Client::watch() {
  bool const wants = sent_ < output_.size();
  if (wants == waits_for_write_ || fd_ < 0) return;
  waits_for_write_ = wants;
  epoll_event event{.events = EPOLLIN | (wants ? EPOLLOUT : 0u), .data = {.ptr = this}};
  ::epoll_ctl(loop_.poll_descriptor(), EPOLL_CTL_MOD, fd_, &event);
}

Loop::Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), tls_(SSL_CTX_new(TLS_client_method())) {}

Loop::~Loop() {
  SSL_CTX_free(tls_);
  ::close(epoll_);
}

void Loop::run(double patience) {
  stopped_ = false;
  std::array<epoll_event, 256> events;
  while (!stopped_) {
    int const n =
        ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), static_cast<int>(patience * 1000));
    if (n == 0) throw std::runtime_error(fmt::format("nothing came for {} seconds", patience));
    for (int i = 0; i < n && !stopped_; ++i) {
      epoll_event const& event = events[static_cast<std::size_t>(i)];
      static_cast<Client*>(event.data.ptr)->on_ready(event.events);
    }
  }
}

bool take_line(std::string& input, std::string& line) {
  std::size_t const end = input.find("\r\n");
  if (end == std::string::npos) return false;
  line.assign(input, 0, end);
  input.erase(0, end + 2);
  return true;
}

}  // namespace yubin::bench
