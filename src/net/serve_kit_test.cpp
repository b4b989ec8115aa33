#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "base/text.h"
#include "net/serve_kit.h"
#include "tls/test_ca.h"

namespace yubin::net::kit {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPiece = 64 * 1024;

// Answers ASK with the text doubled, after a turn of the loop.
class LineAnswers {
 public:
  explicit LineAnswers(std::shared_ptr<Probe> probe) : probe_(std::move(probe)) {}

  Task<> body(std::string_view chunk) {
    co_await yield();
    probe_->body += chunk;
  }
  template <class Session>
  Task<Answered> answer(Session&, Ask question) {
    co_await yield();
    EXPECT_TRUE(probe_->loop->on_this_thread());
    co_return Answered{question.text + question.text};
  }
  template <class Session>
  Task<> answer(Session&, Note note) {
    co_await yield();
    probe_->notes += note.text;
  }
  void secured(tls::Facts const& facts) { probe_->secured = facts; }
  template <class Session>
  void ended(Session&, Ending ending) {
    if (probe_->ends++ == 0) probe_->ended.set_value(ending);
  }

 private:
  std::shared_ptr<Probe> probe_;
};

}  // namespace

// The driver never runs two functions of a session at once, and runs them where the session belongs.
class LineSession::Alone {
 public:
  explicit Alone(LineSession& session) : session_(session) {
    EXPECT_FALSE(session_.busy_.exchange(true));
    EXPECT_EQ(session_.probe_->loop->on_this_thread(), session_.on_loop_ || session_.here_);
  }
  ~Alone() { session_.busy_ = false; }

 private:
  LineSession& session_;
};

void LineSession::receive(std::string_view bytes) {
  Alone const alone(*this);
  EXPECT_FALSE(bytes.empty());
  input_ += bytes;
  may_poll_ = true;
}

void LineSession::wake(WakeReason reason) {
  Alone const alone(*this);
  EXPECT_FALSE(may_poll_);  // it comes while the session waits for input
  may_poll_ = true;
  if (reason == WakeReason::changed) return reply("* changed");
  reply(reason == WakeReason::deadline ? "* too slow" : "* shutting down");
  events_.push_back(Close{});
}

void LineSession::resume(Answer answer) {
  Alone const alone(*this);
  EXPECT_TRUE(asked_);
  asked_ = false;
  may_poll_ = true;
  if (auto* answered = std::get_if<Answered>(&answer)) events_.push_front(Send{answered->text + "\r\n"});
}

LineSession::Event LineSession::poll() {
  Alone const alone(*this);
  EXPECT_TRUE(may_poll_);
  for (;;) {
    if (!events_.empty()) {
      Event event = std::move(events_.front());
      events_.pop_front();
      asked_ = std::holds_alternative<Ask>(event) || std::holds_alternative<AwaitCommit>(event) ||
               std::holds_alternative<StartTls>(event);
      may_poll_ = !asked_;
      if (std::holds_alternative<StartTls>(event)) input_.clear();  // RFC 3207 section 4.2
      if (std::holds_alternative<AwaitCommit>(event) && !probe_->committed.done()) probe_->committing.set_value();
      return event;
    }
    if (flood_left_ > 0) {
      --flood_left_;
      probe_->flooded += kPiece;
      return Send{std::string(kPiece, 'x')};
    }
    if (body_left_ > 0 && !input_.empty()) {
      chunk_ = input_.substr(0, body_left_);
      input_.erase(0, chunk_.size());
      body_left_ -= chunk_.size();
      if (body_left_ == 0) reply("body taken");
      return Body{chunk_};
    }
    std::size_t const end = body_left_ > 0 ? std::string::npos : input_.find("\r\n");
    if (end == std::string::npos) {
      may_poll_ = false;
      here_ = false;
      return NeedInput{};
    }
    std::string const line = input_.substr(0, end);
    input_.erase(0, end + 2);
    command(line);
  }
}

void LineSession::command(std::string_view line) {
  std::string_view const verb = line.substr(0, line.find(' '));
  std::string_view const argument = line.substr(std::min(line.size(), verb.size() + 1));
  std::size_t const number = parse_number(argument).value_or(0);
  if (verb == "ECHO" || verb == "HERE") reply(std::string(argument));
  if (verb == "LOGIN") {
    authenticated_ = true;
    reply("welcome");
  }
  if (verb == "ASK") events_.push_back(Ask{std::string(argument)});
  if (verb == "NOTE") events_.push_back(Note{std::string(argument)});
  if (verb == "BODY") body_left_ = number;
  if (verb == "FLOOD") flood_left_ = number;
  if (verb == "LIMIT") limit_ = std::chrono::seconds(number);
  if (verb == "THROW") throw std::runtime_error("thrown by the session");
  if (verb == "YIELD") {
    for (std::size_t i = 0; i < number; ++i) events_.push_back(Yield{});
    reply("yielded");
  }
  if (verb == "COMMIT") {
    events_.push_back(AwaitCommit{probe_->committed});
    reply("committed");
  }
  if (verb == "STARTTLS") {
    reply("go ahead");
    events_.push_back(StartTls{});
  }
  if (verb == "QUIT") {
    reply("bye");
    events_.push_back(Close{});
  }
}

void LineSession::reply(std::string text) {
  events_.push_back(Send{std::move(text) + "\r\n"});
}

Pool::Pool() {
  for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { run(); });
}

Pool::~Pool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Pool::post(Lane, std::move_only_function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void Pool::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
  }
}

Server::Server(Settings settings) : where_(settings.sessions) {
  settings.serve.executor = &pool_;
  options_ = std::make_shared<ServeOptions const>(settings.serve);
  loops_ = std::make_unique<Loops>(settings.loops, settings.clock != nullptr ? *settings.clock : system_clock_);
  auto socket = listen_on(Endpoint::parse("127.0.0.1:0").value()).value();
  auto on_connection = [this](Connection c) { begin(std::move(c)); };
  listener_ = std::make_unique<Listener>(*loops_, std::move(socket), on_connection, std::move(settings.listener));
}

Server::~Server() {
  listener_.reset();
  loops_.reset();
}

std::shared_ptr<Probe> Server::begin(Connection connection) {
  auto probe = std::make_shared<Probe>();
  probe->waker = connection.waker();
  probe->peer = connection.peer();
  probe->loop = &connection.loop();
  {
    std::lock_guard lock(mutex_);
    probes_.push_back(probe);
  }
  changed_.notify_all();
  auto answers = std::make_unique<LineAnswers>(probe);
  if (where_ == Where::loop) {
    auto session = std::make_unique<LineSession>(probe);
    spawn(*probe->loop, serve(std::move(connection), std::move(session), std::move(answers), options_));
  } else {
    auto session = std::make_unique<StoreSession>(probe);
    spawn(*probe->loop, serve(std::move(connection), std::move(session), std::move(answers), options_));
  }
  return probe;
}

std::shared_ptr<Probe> Server::probe(std::size_t n) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, 20s, [&] { return probes_.size() > n; }));
  return probes_.at(n);
}

std::shared_ptr<Probe> Server::adopt(Descriptor socket) {
  std::promise<std::shared_ptr<Probe>> made;
  Loop& loop = loops_->next();
  loop.post([&] { made.set_value(begin(Connection(loop, std::move(socket), {}, {}))); });
  return made.get_future().get();
}

void Server::check_timers() {
  for (std::size_t i = 0; i < loops_->size(); ++i) {
    std::promise<void> done;
    loops_->at(i).post([&] {
      loops_->at(i).check_timers();
      done.set_value();
    });
    done.get_future().get();
  }
}

struct Client::Tls {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl{SSL_new(context.get()), &SSL_free};
};

Client::Client(Endpoint const& server, int receive_buffer) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) ::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  set_guard();
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(server.port);
  std::memcpy(&in.sin_addr, server.address.bytes().data(), 4);
  EXPECT_EQ(::connect(fd(), reinterpret_cast<sockaddr*>(&in), sizeof in), 0) << std::strerror(errno);
}

Client::Client(Descriptor socket) : socket_(std::move(socket)) {
  set_guard();
}

Client::Client(Client&&) noexcept = default;
Client::~Client() = default;

void Client::set_guard() {
  timeval const guard{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(fd(), SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
  ::setsockopt(fd(), SOL_SOCKET, SO_SNDTIMEO, &guard, sizeof guard);
}

void Client::send(std::string_view bytes) {
  if (tls_) {
    EXPECT_EQ(SSL_write(tls_->ssl.get(), bytes.data(), static_cast<int>(bytes.size())), static_cast<int>(bytes.size()));
    return;
  }
  while (!bytes.empty()) {
    ssize_t const sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return;  // the server has closed; the test sees it when it reads
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

ssize_t Client::receive(char* into, std::size_t size) {
  if (!tls_) return ::recv(fd(), into, size, 0);
  std::size_t count = 0;
  if (SSL_read_ex(tls_->ssl.get(), into, size, &count) == 1) return static_cast<ssize_t>(count);
  return SSL_get_shutdown(tls_->ssl.get()) == SSL_RECEIVED_SHUTDOWN ? 0 : -1;
}

std::string Client::line() {
  for (;;) {
    std::size_t const end = buffer_.find("\r\n");
    if (end != std::string::npos) {
      std::string const result = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      return result;
    }
    std::array<char, 4096> bytes;
    ssize_t const count = receive(bytes.data(), bytes.size());
    if (count == 0) return "(end)";
    if (count < 0) return "(reset)";
    buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

std::size_t Client::some() {
  std::vector<char> bytes(kPiece);
  ssize_t const count = receive(bytes.data(), bytes.size());
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

bool Client::nothing_there() {
  char byte;
  return buffer_.empty() && ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void Client::half_close() {
  ::shutdown(fd(), SHUT_WR);
}

void Client::reset() {
  linger const at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

bool Client::start_tls() {
  EXPECT_TRUE(buffer_.empty());
  tls_ = std::make_unique<Tls>();
  SSL_set_fd(tls_->ssl.get(), fd());
  return SSL_connect(tls_->ssl.get()) == 1;
}

std::shared_ptr<tls::Slot> test_tls() {
  static auto const context = [] {
    WallTime const now = SystemClock().now();
    std::array<std::string, 1> const names{"localhost"};
    auto const ca = tls::make_test_ca("Yubin test CA", now).value();
    auto const identity = tls::issue_test_certificate(ca, names, now, now + 24h).value();
    return tls::Context::make(identity, {.name = "test"}).value();
  }();
  return std::make_shared<tls::Slot>(context);
}

}  // namespace yubin::net::kit
