#include "server/admin.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace yubin::server {

net::Task<> AdminAnswers::body(std::string_view) {
  co_return;
}

net::Task<http::Response> AdminAnswers::answer(http::Session&, http::AskHttp question) {
  http::Response response;
  auto start = [&](net::Resume resume) {
    auto reply = [&response, resume = std::move(resume)](http::Response answer) mutable {
      response = std::move(answer);
      resume();
    };
    auto handle = [this, request = std::move(question.request), reply = std::move(reply)]() mutable {
      handle_(std::move(request), "local", std::move(reply));
    };
    pool_.post(Lane::reading, std::move(handle));
  };
  co_await net::suspend(std::move(start));
  co_return response;
}

Result<net::ListeningSocket> listen_on_path(std::filesystem::path const& path, WhoMay who) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string const text = path.string();
  if (text.size() >= sizeof(address.sun_path)) {
    return fail(Errc::syntax, fmt::format("the path of the socket {} is over {} bytes; choose a shorter folder", text,
                                          sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  net::Descriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (descriptor.get() < 0) return fail(Errc::temporary, fmt::format("cannot make a socket: {}", std::strerror(errno)));
  ::unlink(text.c_str());
  mode_t const before = ::umask(0777U & ~static_cast<unsigned>(who));
  int const bound = ::bind(descriptor.get(), reinterpret_cast<sockaddr const*>(&address), sizeof(address));
  int const reason = errno;
  ::umask(before);
  if (bound != 0 || ::listen(descriptor.get(), SOMAXCONN) != 0)
    return fail(Errc::temporary,
                fmt::format("cannot listen on {}: {}", text, std::strerror(bound != 0 ? reason : errno)));
  // Not by the umask, which other threads have too.
  if (::chmod(text.c_str(), static_cast<mode_t>(who)) != 0)
    return fail(Errc::temporary, fmt::format("cannot set who may use {}: {}", text, std::strerror(errno)));
  return net::ListeningSocket{std::move(descriptor), {}};
}

}  // namespace yubin::server
