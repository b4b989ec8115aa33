#include "net/listener.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <variant>

#include "net/events.h"
#include "net/socket_address.h"
#include "net/task.h"

namespace yubin::net {
namespace {

using namespace std::chrono_literals;
using Socket = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

// How many are accepted before the loop's other work has its turn.
constexpr int kAcceptBatch = 64;
// How long to wait when there is no descriptor or memory for another one; connections stay in the kernel's queue.
constexpr auto kBackOff = 500ms;
// How long to wait when the gate is full and others may wait.
constexpr auto kFull = 100ms;

std::unexpected<Error> cannot_listen(Endpoint const& where, int error) {
  auto because = [&](Errc code, std::string_view why) {
    return fail(code, fmt::format("cannot listen on {}: {}", where.text(), why));
  };
  switch (error) {
    case EADDRINUSE:
      return because(Errc::conflict, "address already in use; stop the other program or choose another port");
    case EACCES:
      return because(Errc::denied,
                     "permission denied; start as root or with CAP_NET_BIND_SERVICE, or choose a port from 1024 on");
    case EADDRNOTAVAIL:
      return because(Errc::not_found,
                     "this machine does not have the address; correct it, or listen on 0.0.0.0 or [::]");
    case EAFNOSUPPORT:
      return because(Errc::not_found, "this machine does not speak that version of IP; remove the listener");
    default:
      return because(Errc::temporary, std::strerror(error));
  }
}

// Of accept(2): the peer or the network is to blame, and the next connection may be fine.
bool concerns_one_connection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:  // a firewall's rule
    case EPROTO:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
      return true;
    default:
      return false;
  }
}

// What the log calls it.
std::string name_of(ListeningSocket const& socket) {
  sockaddr_un address{};
  socklen_t length = sizeof address - 1;  // so that the path ends
  bool const known = ::getsockname(socket.descriptor.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0;
  return known && address.sun_family == AF_UNIX ? std::string(address.sun_path) : socket.local.text();
}

}  // namespace

Result<ListeningSocket> listen_on(Endpoint const& where) {
  int const family = where.address.is_v4() ? AF_INET : AF_INET6;
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return cannot_listen(where, errno);
  int const on = 1;
  // Without it a restart would have to wait for the old connections' TIME_WAIT.
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) (void)::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  SocketAddress address = to_sockaddr(where);
  if (::bind(socket.get(), address.get(), address.length) != 0 || ::listen(socket.get(), SOMAXCONN) != 0)
    return cannot_listen(where, errno);
  Endpoint const local = local_endpoint(socket.get());
  return ListeningSocket{std::move(socket), local};
}

class Listener::State : public std::enable_shared_from_this<State> {
 public:
  State(Loops& loops, Loop& loop, ListeningSocket socket, OnConnection on_connection, ListenerSettings settings)
      : local(socket.local),
        name(name_of(socket)),
        home(loop),
        loops_(loops),
        on_connection_(std::move(on_connection)),
        settings_(std::move(settings)),
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

  Endpoint const local;
  std::string const name;
  Loop& home;

 private:
  void accept();
  void welcome(Descriptor socket, Endpoint const& peer);
  void hand_over(Descriptor socket, Endpoint const& peer, Gate::Admission admission);
  void hand_over_from_proxy(Descriptor socket, Endpoint const& proxy);
  std::optional<Gate::Admission> admit(Endpoint const& peer, int socket);
  static Task<> serve_proxied(std::shared_ptr<State> self, Connection connection, int socket);

  Loops& loops_;
  OnConnection const on_connection_;
  ListenerSettings const settings_;
  Socket socket_;
  Timer back_off_;
};

void Listener::State::accept() {
  for (int i = 0; i < kAcceptBatch && socket_.is_open(); ++i) {
    if (settings_.wait_when_full && settings_.gate->is_full())
      return home.set_deadline(back_off_, home.clock().steady() + kFull);
    SocketAddress peer;
    Descriptor accepted(::accept4(socket_.native_handle(), peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted) {
      welcome(std::move(accepted), from_sockaddr(*peer.get()));
    } else if (errno == EAGAIN) {
      break;
    } else if (!concerns_one_connection(errno)) {
      int const error = errno;
      home.set_deadline(back_off_, home.clock().steady() + kBackOff);
      log(kAcceptFailed, {{"listener", name}, {"why", std::strerror(error)}});
      return;
    }
  }
  wait();
}

void Listener::State::welcome(Descriptor socket, Endpoint const& peer) {
  if (any_contains(settings_.proxies, peer.address)) return hand_over_from_proxy(std::move(socket), peer);
  std::optional<Gate::Admission> admission = admit(peer, socket.get());
  if (admission) hand_over(std::move(socket), peer, *std::move(admission));
}

// Empty when the peer has been turned away. What it is told goes into the kernel's empty buffer or nowhere: nobody
// waits for somebody who is not let in.
std::optional<Gate::Admission> Listener::State::admit(Endpoint const& peer, int socket) {
  if (!settings_.gate) return Gate::Admission();
  std::variant<Gate::Admission, Gate::Refused> answer = settings_.gate->admit(peer.address);
  if (auto* admission = std::get_if<Gate::Admission>(&answer)) return std::move(*admission);
  auto const& refused = std::get<Gate::Refused>(answer);
  if (refused.tell) {
    log(kRefused, {{"listener", name}, {"peer", peer.text()}, {"limit", to_string(refused.why)}});
    (void)::send(socket, settings_.refusal.data(), settings_.refusal.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(socket, SHUT_WR);
  }
  return std::nullopt;
}

void Listener::State::hand_over(Descriptor socket, Endpoint const& peer, Gate::Admission admission) {
  Loop& loop = loops_.next();
  loop.post(
      [self = shared_from_this(), &loop, peer, socket = std::move(socket), admission = std::move(admission)]() mutable {
        Endpoint const here = local_endpoint(socket.get());
        self->on_connection_(Connection(loop, std::move(socket), peer, here, std::move(admission)));
      });
}

void Listener::State::hand_over_from_proxy(Descriptor socket, Endpoint const& proxy) {
  Loop& loop = loops_.next();
  loop.post([self = shared_from_this(), &loop, proxy, socket = std::move(socket)]() mutable {
    int const number = socket.get();
    Endpoint const here = local_endpoint(number);
    Connection connection(loop, std::move(socket), proxy, here);
    spawn(loop, serve_proxied(std::move(self), std::move(connection), number));
  });
}

Task<> Listener::State::serve_proxied(std::shared_ptr<State> self, Connection connection, int socket) {
  Result<> const taken = co_await connection.take_proxy_header(self->settings_.proxy_header);
  if (!taken) {
    log(kNoProxyHeader, {{"listener", self->name}, {"proxy", connection.peer().text()}, {"why", taken.error().detail}});
    co_return;
  }
  std::optional<Gate::Admission> admission = self->admit(connection.peer(), socket);
  if (!admission) co_return;
  connection.admit(*std::move(admission));
  self->on_connection_(std::move(connection));
}

Listener::Listener(Loops& loops, ListeningSocket socket, OnConnection on_connection, ListenerSettings settings)
    : loops_(loops) {
  Loop& home = loops.next();
  state_ = std::make_shared<State>(loops, home, std::move(socket), std::move(on_connection), std::move(settings));
  log(kListening, {{"on", state_->name}});
  home.post([state = state_] { state->wait(); });
}

Listener::~Listener() {
  stop();
}

Endpoint const& Listener::local() const {
  return state_->local;
}

void Listener::stop() {
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
