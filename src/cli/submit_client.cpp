#include "cli/submit_client.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "base/text.h"

namespace yubin::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 30s;      // for a server that starts
constexpr int kAnswer = 300 * 1000;  // ms; RFC 5321 section 4.5.3.2
constexpr std::size_t kMaxReply = 64 * 1024;

Result<> wait_for(int descriptor, short events) {
  pollfd waiting{descriptor, events, 0};
  for (;;) {
    int const n = ::poll(&waiting, 1, kAnswer);
    if (n > 0) return {};
    if (n == 0) return fail(Errc::temporary, "the server does not answer");
    if (errno != EINTR) return fail(Errc::temporary, std::strerror(errno));
  }
}

bool copy_some(int from, int to) {
  char buffer[65536];
  ssize_t const n = ::read(from, buffer, sizeof buffer);
  if (n <= 0) return false;
  for (ssize_t at = 0; at < n;) {
    ssize_t const written = ::write(to, buffer + at, static_cast<std::size_t>(n - at));
    if (written <= 0) return false;
    at += written;
  }
  return true;
}

}  // namespace

Result<SubmitClient> SubmitClient::connect(std::string const& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path)
    return fail(Errc::syntax, fmt::format("the socket's path {} is too long", socket));
  std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
  auto const until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    SubmitClient client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (client.descriptor_ < 0) return fail(Errc::temporary, std::strerror(errno));
    if (::connect(client.descriptor_, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0) {
      TRY(Reply const greeting, client.read_reply());
      if (greeting.code != 220) return fail(Errc::temporary, greeting.text);
      client.greeting_ = greeting.text + "\r\n";
      auto const words = split(greeting.text, ' ');
      client.host_ = words.size() > 1 ? std::string(words[1]) : "localhost";
      return client;
    }
    int const reason = errno;
    if (reason == EACCES) return fail(Errc::denied, fmt::format("no permission to use {}", socket));
    if (std::chrono::steady_clock::now() >= until)
      return fail(Errc::temporary, fmt::format("no server takes mail at {}: {}", socket, std::strerror(reason)));
    std::this_thread::sleep_for(200ms);
  }
}

SubmitClient::SubmitClient(SubmitClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      host_(std::move(other.host_)),
      pending_(std::move(other.pending_)),
      greeting_(std::move(other.greeting_)) {}

SubmitClient::~SubmitClient() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<SubmitClient::Reply> SubmitClient::read_reply() {
  Reply reply;
  for (;;) {
    std::size_t const end = pending_.find('\n');
    if (end == std::string::npos) {
      if (pending_.size() > kMaxReply || reply.text.size() > kMaxReply)
        return fail(Errc::temporary, "the server says too much");
      TRY_VOID(wait_for(descriptor_, POLLIN));
      char buffer[4096];
      ssize_t const n = ::read(descriptor_, buffer, sizeof buffer);
      if (n <= 0) return fail(Errc::temporary, "the server closed the connection");
      pending_.append(buffer, static_cast<std::size_t>(n));
      continue;
    }
    std::string const line(trim(std::string_view(pending_).substr(0, end)));
    pending_.erase(0, end + 1);
    auto const code = line.size() < 3 ? std::nullopt : parse_number(std::string_view(line).substr(0, 3));
    if (!code) return fail(Errc::temporary, "the server does not speak SMTP");
    reply.code = static_cast<int>(*code);
    reply.text += reply.text.empty() ? line : " " + line.substr(std::min<std::size_t>(4, line.size()));
    if (line.size() == 3 || line[3] != '-') return reply;
  }
}

Result<> SubmitClient::write(std::string_view bytes) {
  while (!bytes.empty()) {
    TRY_VOID(wait_for(descriptor_, POLLOUT));
    ssize_t const n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(Errc::temporary, "the server closed the connection");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<SubmitClient::Reply> SubmitClient::say(std::string_view command) {
  TRY_VOID(write(std::string(command) + "\r\n"));
  return read_reply();
}

Result<SubmitClient::Reply> SubmitClient::send_data(std::string_view message) {
  TRY(Reply const ready, say("DATA"));
  if (ready.code != 354) return ready;
  std::string stuffed;
  for (std::size_t at = 0; at < message.size();) {
    std::size_t const end = message.find("\r\n", at);
    std::size_t const next = end == std::string_view::npos ? message.size() : end + 2;
    if (message[at] == '.') stuffed += '.';
    stuffed += message.substr(at, next - at);
    at = next;
    if (stuffed.size() < 65536) continue;
    TRY_VOID(write(stuffed));
    stuffed.clear();
  }
  TRY_VOID(write(stuffed + ".\r\n"));
  return read_reply();
}

Result<> SubmitClient::talk_through() {
  if (::write(STDOUT_FILENO, greeting_.data(), greeting_.size()) < 0)
    return fail(Errc::temporary, std::strerror(errno));
  bool input = true;
  for (;;) {
    pollfd waiting[2] = {{descriptor_, POLLIN, 0}, {input ? STDIN_FILENO : -1, POLLIN, 0}};
    if (::poll(waiting, 2, kAnswer) <= 0) {
      if (errno == EINTR) continue;
      return fail(Errc::temporary, "nothing is said for too long");
    }
    if (waiting[0].revents != 0 && !copy_some(descriptor_, STDOUT_FILENO)) return {};
    if (waiting[1].revents != 0 && !copy_some(STDIN_FILENO, descriptor_)) {
      input = false;
      ::shutdown(descriptor_, SHUT_WR);  // the last replies may still come
    }
  }
}

}  // namespace yubin::cli
