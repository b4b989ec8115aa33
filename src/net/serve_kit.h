// For the tests of net/: a small line protocol that uses everything the driver offers, a server of it, and a client.
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "net/listener.h"
#include "net/serve.h"

namespace yubin::net::kit {

struct Ask {
  std::string text;
};
struct Note {
  std::string text;
};
struct Answered {
  std::string text;
};

// What the test sees of one connection from outside. Any thread.
class Probe {
 public:
  std::atomic<std::size_t> flooded{0};  // bytes of Send events that FLOOD has yielded so far
  std::atomic<int> ends{0};
  Completer committed;            // what COMMIT waits for
  std::promise<void> committing;  // set when COMMIT waits
  std::promise<Ending> ended;
  std::shared_ptr<Waker> waker;  // set before the first byte is read
  Endpoint peer;                 // likewise
  Loop* loop = nullptr;
  std::string body;                   // what answers.body() got; read it after `ended`
  std::string notes;                  // likewise
  std::optional<tls::Facts> secured;  // read it after `ended`
};

// ECHO x | HERE x | LOGIN | ASK x | NOTE x | BODY n | COMMIT | YIELD n | FLOOD n (64 KiB pieces) | LIMIT seconds |
// THROW | STARTTLS | QUIT
class LineSession {
 public:
  using Event = std::variant<NeedInput, Send, Body, AwaitCommit, StartTls, Yield, Close, Ask, Note>;
  using Answer = std::variant<Done, Answered>;

  explicit LineSession(std::shared_ptr<Probe> probe) : probe_(std::move(probe)) {}
  void receive(std::string_view bytes);
  Event poll();
  void resume(Answer answer);
  void wake(WakeReason reason);
  std::optional<std::chrono::seconds> idle_limit() const { return limit_; }
  bool authenticated() const { return authenticated_; }

 private:
  class Alone;
  void command(std::string_view line);
  void reply(std::string text);

  std::shared_ptr<Probe> probe_;
  std::atomic<bool> busy_{false};
  std::string input_;
  std::string chunk_;  // what the last Body points to
  std::deque<Event> events_;
  std::size_t body_left_ = 0;
  std::size_t flood_left_ = 0;
  bool may_poll_ = true;
  bool asked_ = false;
  bool authenticated_ = false;
  std::optional<std::chrono::seconds> limit_;

 protected:
  bool on_loop_ = true;
  bool here_ = false;  // on the loop until the next NeedInput
};

class StoreSession : public LineSession {
 public:
  static constexpr bool kReadsStore = true;
  explicit StoreSession(std::shared_ptr<Probe> probe) : LineSession(std::move(probe)) { on_loop_ = false; }
  // HERE wants to be answered on the loop.
  bool knows_answer(std::string_view bytes) { return here_ = bytes.starts_with("HERE "); }
};

// Two threads that run what is posted.
class Pool final : public Executor {
 public:
  Pool();
  ~Pool() override;
  void post(Lane lane, std::move_only_function<void()> task) override;

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::move_only_function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Serves the protocol on a port of its own on 127.0.0.1.
class Server {
 public:
  enum class Where { loop, pool };
  struct Settings {
    std::size_t loops = 1;
    Where sessions = Where::loop;
    ServeOptions serve{};
    Clock const* clock = nullptr;  // the system's if null
    ListenerSettings listener{};
  };
  explicit Server(Settings settings);
  ~Server();

  Endpoint const& at() const { return listener_->local(); }
  Loops& loops() { return *loops_; }
  // The probe of the nth connection; waits until it is there.
  std::shared_ptr<Probe> probe(std::size_t n);
  // Serves one more connection on a socket that the caller has made.
  std::shared_ptr<Probe> adopt(Descriptor socket);
  void check_timers();  // of all loops; returns when done
  void stop_listening() { listener_.reset(); }

 private:
  std::shared_ptr<Probe> begin(Connection connection);

  SystemClock system_clock_;
  Pool pool_;
  Where const where_;
  std::shared_ptr<ServeOptions const> options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Probe>> probes_;
  std::unique_ptr<Loops> loops_;
  std::unique_ptr<Listener> listener_;
};

// A blocking client. Nothing waits longer than a guard of 20 seconds.
class Client {
 public:
  explicit Client(Endpoint const& server, int receive_buffer = 0);
  explicit Client(Descriptor socket);
  Client(Client&&) noexcept;
  ~Client();

  void send(std::string_view bytes);
  std::string line();             // without CR LF; "(end)" at the end of the stream, "(reset)" when it broke
  std::size_t some();             // reads up to 64 KiB and forgets it; 0 at the end
  bool nothing_there();           // without waiting
  bool start_tls();               // trusts everybody
  void half_close();              // nothing more comes from here
  void reset();                   // the connection breaks
  void close() { socket_ = {}; }  // without saying good-bye in TLS
  int fd() const { return socket_.get(); }

 private:
  void set_guard();
  ssize_t receive(char* into, std::size_t size);

  Descriptor socket_;
  struct Tls;
  std::unique_ptr<Tls> tls_;
  std::string buffer_;
};

// A context with a certificate for localhost.
std::shared_ptr<tls::Slot> test_tls();

}  // namespace yubin::net::kit
