#include "net/connection.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>

#include "base/assert.h"
#include "net/events.h"
#include "net/proxy_header.h"
#include "net/wake_signal.h"

namespace yubin::net {
namespace {

using Socket = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

// What an operation on the descriptor came to: so many bytes, or what to wait for, or neither: it is over.
enum class Want { nothing, read, write };
struct Progress {
  std::size_t bytes = 0;
  Want want = Want::nothing;
};

bool would_block() {
  return errno == EAGAIN || errno == EINTR;
}

Progress tls_outcome(SSL* ssl, int result) {
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
      return {.want = Want::read};
    case SSL_ERROR_WANT_WRITE:
      return {.want = Want::write};
    default:
      return {};
  }
}

// OpenSSL's buffers are as large as a TLS record; a full one means that there is more behind it.
constexpr std::size_t kTlsRecord = 16 * 1024;

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

std::string_view to_string(Ending ending) {
  switch (ending) {
    case Ending::closed:
      return "closed";
    case Ending::peer_gone:
      return "peer_gone";
    case Ending::stalled:
      return "stalled";
    case Ending::tls_failed:
      return "tls_failed";
    case Ending::aborted:
      return "aborted";
    case Ending::failed:
      return "failed";
  }
  YUBIN_ASSERT(false);
}

class Connection::State final : public Guest {
 public:
  State(Loop& loop_of_it, Descriptor socket, Endpoint peer_endpoint, Endpoint local_endpoint, Gate::Admission admitted);
  ~State() override;

  Task<Result<>> take_proxy_header(std::chrono::seconds limit);

  Task<Ready> readable_or_woken(SteadyTime due);
  std::optional<std::string_view> read();
  Task<bool> write(std::string bytes, std::chrono::seconds stall);
  std::size_t write_now(std::string_view bytes);
  Task<bool> start_tls(std::shared_ptr<tls::Context const> context, std::chrono::seconds limit);
  Task<bool> start_tls(std::shared_ptr<tls::ClientContext const> context, std::string server_name,
                       std::chrono::seconds limit);
  Task<> close(std::chrono::milliseconds linger);

  void shutting_down() override { wakes->wake(WakeReason::shutdown); }
  void abort() override { end(Ending::aborted); }

  Loop& loop;
  std::uint64_t const id = next_id();
  Endpoint peer;
  Endpoint local;
  Gate::Admission admission;
  std::shared_ptr<WakeSignal> wakes;
  std::optional<Ending> ending;
  std::string tls_failure;

  tls::Ssl const& ssl() const { return ssl_; }
  std::optional<unsigned> user();

 private:
  Progress read_some(std::span<char> into);
  Progress write_some(std::string_view bytes);
  Task<bool> ready(Want want, SteadyTime due);
  Task<bool> handshake(std::chrono::seconds limit);
  void end(Ending why);
  void on_deadline();

  enum class Waiting { no, for_input, for_progress };
  Waiting waiting_ = Waiting::no;
  Socket socket_;
  Timer deadline_;
  std::shared_ptr<void const> context_;  // the server's or the client's
  tls::Ssl ssl_;
};

Connection::State::State(Loop& loop_of_it, Descriptor socket, Endpoint peer_endpoint, Endpoint local_endpoint,
                         Gate::Admission admitted)
    : loop(loop_of_it),
      peer(peer_endpoint),
      local(local_endpoint),
      admission(std::move(admitted)),
      wakes(std::make_shared<WakeSignal>(loop_of_it,
                                         [this] {
                                           if (waiting_ == Waiting::for_input) socket_.cancel();
                                         })),
      socket_(loop_of_it.io().get_executor(), socket.release()),
      deadline_([this] { on_deadline(); }) {
  // Replies are written whole; waiting for more to send with them would only delay them.
  int const on = 1;
  (void)::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // not every socket is TCP
  loop.join(*this);
}

Connection::State::~State() {
  wakes->detach();
  loop.leave(*this);
}

void Connection::State::end(Ending why) {
  if (!ending) ending = why;
  if (waiting_ != Waiting::no) socket_.cancel();
}

// While a session waits for input, the time that its state allows is over: it says so itself. In the middle of anything
// else the peer has made no progress, and there is nothing left to say.
void Connection::State::on_deadline() {
  if (waiting_ == Waiting::for_input)
    wakes->wake(WakeReason::deadline);
  else if (waiting_ == Waiting::for_progress)
    end(Ending::stalled);
}

Task<Ready> Connection::State::readable_or_woken(SteadyTime due) {
  if (ending) co_return Ready::gone;
  if (wakes->pending()) co_return Ready::woken;
  if (ssl_ && SSL_pending(ssl_.get()) > 0) co_return Ready::bytes;
  loop.set_deadline(deadline_, due);
  waiting_ = Waiting::for_input;
  auto operation = socket_.async_wait(Socket::wait_read, boost::asio::as_tuple(boost::asio::deferred));
  (void)co_await std::move(operation);  // an error of the socket shows when it is read
  waiting_ = Waiting::no;
  deadline_.disarm();
  if (ending) co_return Ready::gone;
  co_return wakes->pending() ? Ready::woken : Ready::bytes;
}

// False when the connection is over.
Task<bool> Connection::State::ready(Want want, SteadyTime due) {
  if (ending) co_return false;
  loop.set_deadline(deadline_, due);
  waiting_ = Waiting::for_progress;
  auto operation = socket_.async_wait(want == Want::read ? Socket::wait_read : Socket::wait_write,
                                      boost::asio::as_tuple(boost::asio::deferred));
  (void)co_await std::move(operation);
  waiting_ = Waiting::no;
  deadline_.disarm();
  co_return !ending;
}

Progress Connection::State::read_some(std::span<char> into) {
  if (ssl_) {
    ERR_clear_error();
    std::size_t count = 0;
    int const result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    return result == 1 ? Progress{.bytes = count} : tls_outcome(ssl_.get(), result);
  }
  ssize_t const count = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
  if (count > 0) return {.bytes = static_cast<std::size_t>(count)};
  return {.want = count < 0 && would_block() ? Want::read : Want::nothing};
}

std::optional<std::string_view> Connection::State::read() {
  std::span<char> const buffer = loop.read_buffer();
  std::size_t filled = 0;
  // TLS gives a record at a time; while full ones come, a message is on its way, and another try costs less than a
  // wait.
  for (;;) {
    Progress const done = read_some(buffer.subspan(filled));
    filled += done.bytes;
    bool const over = done.bytes == 0 && done.want == Want::nothing;
    if (over && filled == 0) {
      end(Ending::peer_gone);
      return std::nullopt;
    }
    if (done.bytes < kTlsRecord || !ssl_ || buffer.size() - filled < kTlsRecord) break;
  }
  return std::string_view(buffer.data(), filled);
}

Progress Connection::State::write_some(std::string_view bytes) {
  if (ssl_) {
    ERR_clear_error();
    std::size_t count = 0;
    int const result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    return result == 1 ? Progress{.bytes = count} : tls_outcome(ssl_.get(), result);
  }
  ssize_t const count = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count > 0) return {.bytes = static_cast<std::size_t>(count)};
  return {.want = would_block() ? Want::write : Want::nothing};
}

Task<Result<>> Connection::State::take_proxy_header(std::chrono::seconds limit) {
  SteadyTime const due = loop.clock().steady() + limit;
  ProxyHeader header;
  while (!header.complete()) {
    std::span<char> const buffer = loop.read_buffer().first(header.wants());
    Progress const done = read_some(buffer);
    if (done.bytes > 0) {
      CO_TRY_VOID(header.take({buffer.data(), done.bytes}));
      continue;
    }
    if (done.want == Want::nothing) co_return fail(Errc::temporary, "the proxy closed before its header was complete");
    bool const go_on = co_await ready(Want::read, due);
    if (!go_on) co_return fail(Errc::temporary, "the proxy sent no header in time");
  }
  if (header.ends()) {
    peer = header.ends()->source;
    local = header.ends()->destination;
  }
  co_return Result<>{};
}

Task<bool> Connection::State::write(std::string bytes, std::chrono::seconds stall) {
  // A peer that takes a byte now and then would hold on to our memory for ever.
  SteadyTime const last =
      loop.clock().steady() + stall + std::chrono::seconds(static_cast<std::int64_t>(bytes.size()) / kSlowest);
  std::size_t written = 0;
  if (ending) co_return false;
  while (written < bytes.size()) {
    Progress const done = write_some(std::string_view(bytes).substr(written));
    written += done.bytes;
    if (done.bytes > 0) continue;
    if (done.want == Want::nothing) {
      end(Ending::peer_gone);
      co_return false;
    }
    bool const go_on = co_await ready(done.want, std::min(last, loop.clock().steady() + stall));
    if (!go_on) co_return false;
  }
  co_return true;
}

// `ending` is the loop's thread's: who writes here finds out later that there is nobody any more.
std::size_t Connection::State::write_now(std::string_view bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    Progress const done = write_some(bytes.substr(written));
    if (done.bytes == 0) break;
    written += done.bytes;
  }
  return written;
}

Task<bool> Connection::State::start_tls(std::shared_ptr<tls::Context const> context, std::chrono::seconds limit) {
  YUBIN_ASSERT(!ssl_);
  ssl_ = context->new_connection();
  context_ = std::move(context);
  co_return co_await handshake(limit);
}

Task<bool> Connection::State::start_tls(std::shared_ptr<tls::ClientContext const> context, std::string server_name,
                                        std::chrono::seconds limit) {
  YUBIN_ASSERT(!ssl_);
  ssl_ = context->new_connection(server_name);
  context_ = std::move(context);
  co_return co_await handshake(limit);
}

Task<bool> Connection::State::handshake(std::chrono::seconds limit) {
  SteadyTime const due = loop.clock().steady() + limit;
  ERR_clear_error();
  int result = SSL_set_fd(ssl_.get(), socket_.native_handle());
  while (result == 1) {
    result = SSL_do_handshake(ssl_.get());
    if (result == 1) co_return true;
    Progress const done = tls_outcome(ssl_.get(), result);
    if (done.want == Want::nothing) break;
    bool const go_on = co_await ready(done.want, due);
    if (!go_on) tls_failure = "it was not finished in time";
    if (!go_on) co_return false;
    ERR_clear_error();
    result = 1;
  }
  tls_failure = tls::handshake_failure(ssl_.get());
  log(kTlsFailed, {{"conn", id}, {"peer", peer.text()}, {"why", tls_failure}});
  end(Ending::tls_failed);
  co_return false;
}

Task<> Connection::State::close(std::chrono::milliseconds linger) {
  if (ending) co_return;
  if (ssl_) {
    ERR_clear_error();
    (void)SSL_shutdown(ssl_.get());  // RFC 8446 section 6.1: close_notify; nobody waits for the peer's
    ssl_.reset();
  }
  ::shutdown(socket_.native_handle(), SHUT_WR);
  SteadyTime const due = loop.clock().steady() + linger;
  for (;;) {
    Progress const done = read_some(loop.read_buffer());
    if (done.bytes == 0 && done.want == Want::nothing) break;
    bool const go_on = co_await ready(Want::read, due);
    if (!go_on) break;
  }
  end(Ending::closed);
}

std::optional<unsigned> Connection::State::user() {
  sockaddr address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket_.native_handle(), &address, &length) != 0 || address.sa_family != AF_UNIX)
    return std::nullopt;
  ucred who{};
  length = sizeof who;
  if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &length) != 0) return std::nullopt;
  return who.uid;
}

Connection::Connection(Loop& loop, Descriptor socket, Endpoint peer, Endpoint local, Gate::Admission admission)
    : state_(std::make_unique<State>(loop, std::move(socket), peer, local, std::move(admission))) {}
Connection::Connection(Connection&& other) noexcept = default;
Connection::~Connection() = default;

std::uint64_t Connection::id() const {
  return state_->id;
}

Loop& Connection::loop() const {
  return state_->loop;
}

Endpoint const& Connection::peer() const {
  return state_->peer;
}

Endpoint const& Connection::local() const {
  return state_->local;
}

std::optional<unsigned> Connection::user() const {
  return state_->user();
}

std::optional<tls::Facts> Connection::tls() const {
  if (!state_->ssl()) return std::nullopt;
  return tls::facts_of(state_->ssl().get());
}

Ending Connection::ending() const {
  YUBIN_ASSERT(state_->ending.has_value());
  return *state_->ending;
}

Task<Result<>> Connection::take_proxy_header(std::chrono::seconds limit) {
  return state_->take_proxy_header(limit);
}

void Connection::admit(Gate::Admission admission) {
  state_->admission = std::move(admission);
}

void Connection::authenticated() {
  state_->admission.authenticated();
}

bool Connection::pressed() const {
  return state_->admission.pressed();
}

std::shared_ptr<Waker> Connection::waker() const {
  return state_->wakes;
}

Task<Ready> Connection::readable_or_woken(SteadyTime due) {
  return state_->readable_or_woken(due);
}

std::optional<WakeReason> Connection::take_wake() {
  return state_->wakes->take();
}

std::optional<std::string_view> Connection::read() {
  return state_->read();
}

Task<bool> Connection::write(std::string bytes, std::chrono::seconds stall) {
  return state_->write(std::move(bytes), stall);
}

std::size_t Connection::write_now(std::string_view bytes) {
  return state_->write_now(bytes);
}

Task<bool> Connection::start_tls(std::shared_ptr<tls::Context const> context, std::chrono::seconds limit) {
  return state_->start_tls(std::move(context), limit);
}

Task<bool> Connection::start_tls(std::shared_ptr<tls::ClientContext const> context, std::string server_name,
                                 std::chrono::seconds limit) {
  return state_->start_tls(std::move(context), std::move(server_name), limit);
}

std::string const& Connection::tls_failure() const {
  return state_->tls_failure;
}

Task<> Connection::close(std::chrono::milliseconds linger) {
  return state_->close(linger);
}

}  // namespace yubin::net
