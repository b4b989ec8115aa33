#include "app/systemd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>

#include "base/text.h"

namespace yubin::app {

namespace {

constexpr int kFirstSocket = 3;  // SD_LISTEN_FDS_START
constexpr std::uint64_t kMostSockets = 256;

std::optional<std::uint64_t> number_in(char const* variable) {
  char const* const text = std::getenv(variable);
  return text == nullptr ? std::nullopt : parse_number(text);
}

bool is_listening(int socket) {
  int value = 0;
  socklen_t length = sizeof value;
  return ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0;
}

// With a descriptor that goes along; -1: none.
void notify(std::string_view state, int descriptor) {
  char const* const path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::size_t const length = std::strlen(path);
  if (length == 0 || length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // a name in the abstract namespace
  net::Descriptor const socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return;
  iovec text{const_cast<char*>(state.data()), state.size()};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> rights{};
  if (descriptor >= 0) {
    message.msg_control = rights.data();
    message.msg_controllen = rights.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  }
  // Who started us is gone or does not listen: nothing that we could do about it.
  (void)::sendmsg(socket.get(), &message, MSG_NOSIGNAL);
}

// A name may hold no colon.
std::string name_of(net::ListeningSocket const& socket) {
  std::string name = socket.local.text();
  std::ranges::replace(name, ':', '.');
  return name;
}

}  // namespace

void notify_systemd(std::string_view state) {
  notify(state, -1);
}

void keep_socket(net::ListeningSocket const& socket) {
  notify("FDSTORE=1\nFDNAME=" + name_of(socket), socket.descriptor.get());
}

void drop_socket(net::ListeningSocket const& socket) {
  notify_systemd("FDSTOREREMOVE=1\nFDNAME=" + name_of(socket));
}

void notify_reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  notify_systemd(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

std::map<net::Endpoint, net::ListeningSocket> take_sockets() {
  std::map<net::Endpoint, net::ListeningSocket> sockets;
  std::optional<std::uint64_t> const pid = number_in("LISTEN_PID");
  std::optional<std::uint64_t> const count = number_in("LISTEN_FDS");
  if (!pid || !count || *pid != static_cast<std::uint64_t>(::getpid()) || *count > kMostSockets) return sockets;
  for (int fd = kFirstSocket; fd < kFirstSocket + static_cast<int>(*count); ++fd) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    net::Descriptor descriptor(fd);
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0 || !is_listening(fd)) continue;
    if (storage.ss_family != AF_INET && storage.ss_family != AF_INET6) continue;
    net::Endpoint const where = net::from_sockaddr(*reinterpret_cast<sockaddr*>(&storage));
    sockets.emplace(where, net::ListeningSocket{std::move(descriptor), where});
  }
  ::unsetenv("LISTEN_PID");  // not meant for what we may start
  ::unsetenv("LISTEN_FDS");
  return sockets;
}

}  // namespace yubin::app
