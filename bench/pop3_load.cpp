#include <fmt/format.h>

#include <stdexcept>

#include "bench/imap_load.h"

namespace yubin::bench {

namespace {

class Pop3Client final : public Client {
 public:
  Pop3Client(Loop& loop, ImapLoad const& load, ImapResult& result)
      : Client(loop, load.target), loop_(loop), load_(load), result_(result) {}

 private:
  enum class State { greeting, user, pass, stat, retr, content };

  void on_input(std::string& input) override {
    for (;;) {
      if (state_ == State::content && !take_content(input)) return;
      std::string line;
      if (!take_line(input, line)) return;
      if (!line.starts_with("+OK")) throw std::runtime_error("the server says: " + line);
      on_ok(line);
    }
  }

  void on_ok(std::string const& line) {
    switch (state_) {
      case State::greeting:
        send(fmt::format("USER user1@{}\r\n", load_.domain));
        state_ = State::user;
        return;
      case State::user:
        send(fmt::format("PASS {}\r\n", load_.password));
        state_ = State::pass;
        return;
      case State::pass:
        send("STAT\r\n");
        state_ = State::stat;
        return;
      case State::stat:
        messages_ = std::stoull(line.substr(4));
        if (messages_ < load_.operations) throw std::runtime_error("there are too few messages: " + line);
        start_ = seconds_now();
        state_ = State::retr;
        return retrieve();
      case State::retr:
      case State::content:
        state_ = State::content;
    }
  }

  void retrieve() {
    if (result_.latencies.count() == load_.operations) {
      result_.seconds = seconds_now() - start_;
      return loop_.stop();
    }
    begun_ = seconds_now();
    send(fmt::format("RETR {}\r\n", messages_ - load_.operations + result_.latencies.count() + 1));
  }

  // RFC 1939 section 3: up to the line that is a dot. False: it is not all there yet.
  bool take_content(std::string& input) {
    std::size_t const end = input.find("\r\n.\r\n", scanned_);
    if (end == std::string::npos) {
      scanned_ = input.size() > 4 ? input.size() - 4 : 0;
      return false;
    }
    result_.bytes += end + 2;
    ++result_.rows;
    input.erase(0, end + 5);
    scanned_ = 0;
    result_.latencies.add(seconds_now() - begun_);
    state_ = State::retr;
    retrieve();
    return true;
  }

  Loop& loop_;
  ImapLoad const& load_;
  ImapResult& result_;
  State state_ = State::greeting;
  std::uint64_t messages_ = 0;
  std::size_t scanned_ = 0;
  double start_ = 0;
  double begun_ = 0;
};

}  // namespace

ImapResult run_pop3(ImapLoad const& load) {
  Loop loop;
  ImapResult result;
  Pop3Client client(loop, load, result);
  client.open();
  loop.run();
  return result;
}

}  // namespace yubin::bench
