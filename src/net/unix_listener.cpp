#include "net/unix_listener.h"

#include <sys/socket.h>

#include <atomic>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <cstring>

#include "base/completion.h"
#include "net/events.h"
#include "net/task.h"

namespace yubin::net {

namespace {

using Socket = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

// How long to wait when there is no room for another one.
constexpr std::chrono::milliseconds kBackOff{100};

}  // namespace

class UnixListener::State : public std::enable_shared_from_this<State> {
 public:
  State(Loops& loops, Loop& loop, ListeningSocket socket, OnConnection on_connection)
      : home(loop),
        loops_(loops),
        on_connection_(std::move(on_connection)),
        socket_(loop.io().get_executor(), socket.descriptor.release()),
        back_off_([this] { wait(); }) {}

  // The rest is for the home loop's thread.
  void wait() {
    if (!socket_.is_open()) return;
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->accept();
    });
  }

  void close() {
    back_off_.disarm();
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  Loop& home;

 private:
  void accept() {
    while (socket_.is_open() && *open_ < kMost) {
      Descriptor accepted(::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (accepted) {
        hand_over(std::move(accepted));
        continue;
      }
      if (errno == EAGAIN) return wait();
      if (errno == EINTR || errno == ECONNABORTED) continue;
      log(kAcceptFailed, {{"listener", "unix"}, {"why", std::strerror(errno)}});
      break;
    }
    home.set_deadline(back_off_, home.clock().steady() + kBackOff);
  }

  void hand_over(Descriptor socket) {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return;
    ++*open_;
    std::shared_ptr<void> done(nullptr, [open = open_](void*) { --*open; });
    Loop& loop = loops_.next();
    loop.post([self = shared_from_this(), &loop, who, done = std::move(done), socket = std::move(socket)]() mutable {
      self->on_connection_(Connection(loop, std::move(socket), {}, {}), who.uid, std::move(done));
    });
  }

  Loops& loops_;
  OnConnection const on_connection_;
  Socket socket_;
  Timer back_off_;
  std::shared_ptr<std::atomic<std::size_t>> const open_ = std::make_shared<std::atomic<std::size_t>>(0);
};

UnixListener::UnixListener(Loops& loops, ListeningSocket socket, OnConnection on_connection) : loops_(loops) {
  state_ = std::make_shared<State>(loops, loops.next(), std::move(socket), std::move(on_connection));
  state_->home.post([state = state_] { state->wait(); });
}

UnixListener::~UnixListener() {
  if (loops_.joined()) {
    state_->close();
    return;
  }
  Completer closed;
  state_->home.post([state = state_, closed] {
    state->close();
    closed.finish();
  });
  closed.wait();
}

}  // namespace yubin::net
