// Many connections of a load program on one thread: an epoll loop, and a connection that speaks text, with TLS if
// asked.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace yubin::bench {

struct Target {
  std::string host = "127.0.0.1";  // an IPv4 address, or the path of a unix socket
  std::uint16_t port = 0;
  bool tls = false;  // from the first byte; the certificate is not looked at
};

class Loop;

// One connection and what is said on it. Lives on the loop's thread. Every failure (refused, lost, a reply that was not
// wanted) throws std::runtime_error out of Loop::run: a figure with a lost connection in it is no figure.
class Client {
 public:
  Client(Loop& loop, Target target) : loop_(loop), target_(std::move(target)) {}
  virtual ~Client();
  Client(Client const&) = delete;
  Client& operator=(Client const&) = delete;

  void open();
  // Not before its bytes are sent.
  void close();
  void send(std::string_view bytes);

  // The loop calls it when there is something to do.
  void on_ready(std::uint32_t events);

 protected:
  // More bytes came; take what is complete out of `input` from its front.
  virtual void on_input(std::string& input) = 0;

 private:
  int connect_to_address() const;
  int connect_to_path() const;
  void handshake();
  void read_all();
  void write_all();
  void watch();

  Loop& loop_;
  Target target_;
  int fd_ = -1;
  SSL* ssl_ = nullptr;
  bool secured_ = false;
  bool closing_ = false;
  bool waits_for_write_ = false;
  std::string input_;
  std::string output_;
  std::size_t sent_ = 0;
};

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(Loop const&) = delete;
  Loop& operator=(Loop const&) = delete;

  // Until stop(). Throws what clients throw, and if nothing at all comes for `patience` seconds.
  void run(double patience = 60);
  void stop() { stopped_ = true; }

  int poll_descriptor() const { return epoll_; }
  SSL_CTX* tls() const { return tls_; }

 private:
  int epoll_;
  SSL_CTX* tls_;
  bool stopped_ = false;
};

// Takes the first line out of `input`, without CR LF; false if there is no whole line yet.
bool take_line(std::string& input, std::string& line);

}  // namespace yubin::bench
