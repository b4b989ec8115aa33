#include "net/connect.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "net/socket_address.h"

namespace yubin::net {

namespace {

using Socket = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

std::unexpected<Error> failed(std::string_view why) {
  return fail(Errc::temporary, std::string(why));
}

// A connection that is coming about. It ends when it is there, its time is over, or the server stops.
class Attempt final : public Guest {
 public:
  Attempt(Loop& loop, Descriptor socket)
      : loop_(loop),
        socket_(loop.io().get_executor(), socket.release()),
        deadline_([this] { give_up("no answer in time"); }) {
    loop_.join(*this);
  }
  ~Attempt() override { loop_.leave(*this); }

  void shutting_down() override { give_up("the server stops"); }
  void abort() override { give_up("the server stops"); }

  Task<Result<>> wait(SteadyTime due) {
    loop_.set_deadline(deadline_, due);
    auto operation = socket_.async_wait(Socket::wait_write, boost::asio::as_tuple(boost::asio::deferred));
    (void)co_await std::move(operation);  // an error of the socket is read below
    deadline_.disarm();
    if (!why_.empty()) co_return failed(why_);
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) co_return failed(std::strerror(error));
    co_return Result<>{};
  }

  Descriptor release() { return Descriptor(socket_.release()); }

 private:
  void give_up(std::string_view why) {
    if (why_.empty()) why_ = why;
    socket_.cancel();
  }

  Loop& loop_;
  Socket socket_;
  Timer deadline_;
  std::string_view why_;
};

// Somebody who waits for a time, and not longer than the server runs.
class Pause final : public Guest {
 public:
  Pause(Loop& loop, Resume resume) : loop_(loop), resume_(std::move(resume)), timer_([this] { over(); }) {
    loop_.join(*this);
  }
  ~Pause() override { loop_.leave(*this); }

  void begin(SteadyTime due) { loop_.set_deadline(timer_, due); }
  void shutting_down() override { over(); }
  void abort() override { over(); }

 private:
  void over() {
    timer_.disarm();
    if (Resume resume = std::exchange(resume_, nullptr)) resume();
  }

  Loop& loop_;
  Resume resume_;
  Timer timer_;
};

}  // namespace

Task<> wait_until(Loop& loop, SteadyTime due) {
  std::optional<Pause> pause;
  auto start = [&](Resume resume) {
    pause.emplace(loop, std::move(resume));
    pause->begin(due);
  };
  co_await suspend(std::move(start));
}

Task<Result<Connection>> connect(Loop& loop, Endpoint where, std::chrono::seconds limit,
                                 std::optional<IpAddress> source) {
  int const family = where.address.is_v4() ? AF_INET : AF_INET6;
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) co_return failed(std::strerror(errno));
  if (source) {
    SocketAddress from = to_sockaddr({*source, 0});
    if (::bind(socket.get(), from.get(), from.length) != 0)
      co_return failed(fmt::format("from {}: {}", source->text(), std::strerror(errno)));
  }
  SocketAddress address = to_sockaddr(where);
  if (::connect(socket.get(), address.get(), address.length) != 0 && errno != EINPROGRESS)
    co_return failed(std::strerror(errno));
  Attempt attempt(loop, std::move(socket));
  CO_TRY_VOID(co_await attempt.wait(loop.clock().steady() + limit));
  Descriptor connected = attempt.release();
  Endpoint const local = local_endpoint(connected.get());
  co_return Connection(loop, std::move(connected), where, local);
}

Task<Result<Connection>> connect(Loop& loop, std::filesystem::path path, std::chrono::seconds limit) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string const name = path.string();
  if (name.size() >= sizeof address.sun_path) co_return failed("the path of the socket is too long");
  name.copy(address.sun_path, name.size());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) co_return failed(std::strerror(errno));
  // A socket whose queue is full says EAGAIN, and there is nothing to wait for.
  if (::connect(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
    co_return failed(std::strerror(errno));
  Attempt attempt(loop, std::move(socket));
  CO_TRY_VOID(co_await attempt.wait(loop.clock().steady() + limit));
  co_return Connection(loop, attempt.release(), Endpoint{}, Endpoint{});
}

std::optional<IpAddress> local_address_for(Endpoint const& where) {
  int const family = where.address.is_v4() ? AF_INET : AF_INET6;
  Descriptor const probe(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  SocketAddress address = to_sockaddr(where);
  if (!probe || ::connect(probe.get(), address.get(), address.length) != 0) return std::nullopt;
  return local_endpoint(probe.get()).address;
}

}  // namespace yubin::net
