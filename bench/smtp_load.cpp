#include "bench/smtp_load.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "bench/mail.h"

namespace yubin::bench {

namespace {

class Run;

// EHLO once, then message after message: MAIL, RCPT and DATA in one piece (RFC 2920), the content after 354.
class SmtpClient final : public Client {
 public:
  SmtpClient(Loop& loop, Run& run, Target const& target) : Client(loop, target), run_(run) {}

 private:
  enum class State { greeting, hello, envelope, content };
  void on_input(std::string& input) override;
  void on_reply(int code, std::string const& line);
  void begin();

  Run& run_;
  State state_ = State::greeting;
  bool pipelining_ = false;
  std::vector<std::string> commands_;  // of the envelope
  std::size_t replies_wanted_ = 0;     // to them
  std::uint64_t number_ = 0;
  double begun_ = 0;
};

class Run {
 public:
  explicit Run(SmtpLoad const& load) : load_(load) {
    for (std::size_t at = 0; at < load.sizes.size();) {
      std::size_t const comma = std::min(load.sizes.find(',', at), load.sizes.size());
      mails_.push_back(make_mail(mails_.size(), std::stoull(load.sizes.substr(at, comma - at))) + ".\r\n");
      at = comma + 1;
    }
  }

  SmtpResult run() {
    double const start = seconds_now();
    for (unsigned i = 0; i < load_.connections; ++i) add_client();
    loop_.run();
    result_.seconds = seconds_now() - start;
    return std::move(result_);
  }

  SmtpLoad const& load() const { return load_; }
  bool take(std::uint64_t& number) {
    if (taken_ == load_.messages) return false;
    number = taken_++;
    return true;
  }
  std::string const& mail(std::uint64_t number) const { return mails_[number % mails_.size()]; }
  void finished(std::uint64_t number, double seconds) {
    result_.latencies.add(seconds);
    result_.bytes += mail(number).size() - 3;
    if (result_.latencies.count() == load_.messages) loop_.stop();
  }
  void add_client() {
    clients_.push_back(std::make_unique<SmtpClient>(loop_, *this, load_.target));
    clients_.back()->open();
  }

 private:
  SmtpLoad const& load_;
  Loop loop_;
  std::vector<std::string> mails_;  // with the dot at the end; no line begins with one
  std::vector<std::unique_ptr<SmtpClient>> clients_;
  std::uint64_t taken_ = 0;
  SmtpResult result_;
};

void SmtpClient::on_input(std::string& input) {
  std::string line;
  while (take_line(input, line)) {
    if (state_ == State::hello && line.contains("PIPELINING")) pipelining_ = true;
    if (line.size() > 3 && line[3] == '-') continue;
    on_reply(std::stoi(line.substr(0, 3)), line);
  }
}

void SmtpClient::on_reply(int code, std::string const& line) {
  int const wanted = state_ == State::greeting ? 220 : state_ == State::envelope && replies_wanted_ == 1 ? 354 : 250;
  if (code != wanted) throw std::runtime_error(fmt::format("expected {}, but the server says: {}", wanted, line));
  switch (state_) {
    case State::greeting:
      send("EHLO client.example\r\n");
      state_ = State::hello;
      return;
    case State::hello:
      return begin();
    case State::envelope:
      if (--replies_wanted_ > 0) {
        if (!pipelining_) send(commands_[commands_.size() - replies_wanted_]);
        return;
      }
      send(run_.mail(number_));
      state_ = State::content;
      return;
    case State::content:
      run_.finished(number_, seconds_now() - begun_);
      if (!run_.load().connection_per_message) return begin();
      send("QUIT\r\n");
      close();
      run_.add_client();
  }
}

void SmtpClient::begin() {
  if (!run_.take(number_)) return;
  begun_ = seconds_now();
  SmtpLoad const& load = run_.load();
  commands_ = {"MAIL FROM:<" + load.sender + ">\r\n"};
  for (unsigned i = 0; i < load.recipients; ++i)
    commands_.push_back(
        fmt::format("RCPT TO:<user{}@{}>\r\n", (number_ * load.recipients + i) % load.users + 1, load.domain));
  commands_.emplace_back("DATA\r\n");
  send(pipelining_ ? fmt::format("{}", fmt::join(commands_, "")) : commands_.front());
  replies_wanted_ = commands_.size();
  state_ = State::envelope;
}

}  // namespace

SmtpResult run_smtp(SmtpLoad const& load) {
  return Run(load).run();
}

}  // namespace yubin::bench
