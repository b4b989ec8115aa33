#include "bench/imap_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <stdexcept>

#include "bench/mail.h"

namespace yubin::bench {

namespace {

std::string replace_all(std::string text, std::string_view what, std::string const& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

std::string expand(std::string command, std::uint64_t operation, unsigned connection) {
  command = replace_all(std::move(command), "{n}", std::to_string(operation));
  command = replace_all(std::move(command), "{c}", std::to_string(connection));
  std::size_t const at = command.find("{mail ");
  if (at == std::string::npos) return command;
  std::size_t const end = command.find('}', at);
  std::string const mail = make_mail(operation, std::stoull(command.substr(at + 6, end - at - 6)));
  return command.replace(at, end - at + 1, fmt::format("{{{}+}}\r\n{}", mail.size(), mail));
}

// Reads responses: lines, and literals inside them, which may be large and are only counted.
class ResponseReader {
 public:
  // Calls on_line(first part of the response, up to its first literal) for each complete response.
  template <class Fn>
  void read(std::string& input, Fn on_line) {
    std::size_t at = 0;
    for (;;) {
      std::size_t const skipped = std::min(literal_left_, input.size() - at);
      at += skipped;
      literal_left_ -= skipped;
      if (literal_left_ > 0) break;
      std::size_t const end = input.find("\r\n", at);
      if (end == std::string::npos) break;
      std::string_view const line(input.data() + at, end - at);
      if (!in_response_) first_ = line;
      at = end + 2;
      in_response_ = ends_in_literal(line);
      if (!in_response_) on_line(first_);
    }
    input.erase(0, at);
  }

 private:
  bool ends_in_literal(std::string_view line) {
    if (!line.ends_with('}')) return false;
    std::size_t const open = line.rfind('{');
    if (open == std::string_view::npos) return false;
    literal_left_ = std::stoull(std::string(line.substr(open + 1)));
    return true;
  }

  std::size_t literal_left_ = 0;
  bool in_response_ = false;
  std::string first_;
};

class ImapRun;

constexpr double kPatience = 300;  // seconds for one response: a SEARCH without an index may be slow

class ImapClient final : public Client {
 public:
  ImapClient(Loop& loop, ImapRun& run, Target const& target, unsigned number)
      : Client(loop, target), run_(run), number_(number) {}
  // After the setup: operations until there are none.
  void go_on();

 private:
  struct UnderWay {
    double begun;
    bool last_of_operation;
  };
  void on_input(std::string& input) override;
  void on_response(std::string const& line);
  void on_tagged(std::string const& line);
  void next_of_setup();
  void say(std::string const& command) { send(fmt::format("a {}\r\n", command)); }

  ImapRun& run_;
  unsigned number_;
  ResponseReader reader_;
  bool greeted_ = false;
  bool ready_ = false;
  std::size_t setup_done_ = 0;
  double opened_ = seconds_now();
  std::deque<UnderWay> under_way_;
};

class ImapRun {
 public:
  explicit ImapRun(ImapLoad const& load) : load_(load) {}

  ImapResult run() {
    double start = seconds_now();
    for (unsigned i = 0; i < load_.connections; ++i) {
      if (load_.login_is_operation && taken_++ == load_.operations) break;
      add_client();
    }
    if (!load_.login_is_operation) {
      loop_.run(kPatience);  // until all are set up
      start = seconds_now();
      result_.bytes = result_.rows = 0;
      for (auto const& client : clients_) client->go_on();
    }
    if (finished_ < load_.operations) loop_.run(kPatience);
    result_.seconds = seconds_now() - start;
    return std::move(result_);
  }

  ImapLoad const& load() const { return load_; }
  ImapResult& result() { return result_; }
  bool take(std::uint64_t& operation) {
    if (taken_ == load_.operations) return false;
    operation = ++taken_;
    return true;
  }
  void finished(double seconds) {
    result_.latencies.add(seconds);
    if (++finished_ == load_.operations) loop_.stop();
  }
  void ready() {
    if (++ready_ == load_.connections) loop_.stop();
  }
  void add_client() {
    auto const number = static_cast<unsigned>(clients_.size()) % load_.connections + 1;
    clients_.push_back(std::make_unique<ImapClient>(loop_, *this, load_.target, number));
    clients_.back()->open();
  }

 private:
  ImapLoad const& load_;
  Loop loop_;
  std::vector<std::unique_ptr<ImapClient>> clients_;
  std::uint64_t taken_ = 0;
  std::uint64_t finished_ = 0;
  unsigned ready_ = 0;
  ImapResult result_;
};

void ImapClient::on_input(std::string& input) {
  std::size_t const before = input.size();
  reader_.read(input, [&](std::string const& line) { on_response(line); });
  run_.result().bytes += before - input.size();
}

void ImapClient::on_response(std::string const& line) {
  if (line.starts_with("a ")) {
    on_tagged(line);
  } else if (!greeted_) {
    greeted_ = true;
    say(fmt::format("LOGIN user{}@{} {}", (number_ - 1) % run_.load().users + 1, run_.load().domain,
                    run_.load().password));
  } else if (line.starts_with("* ")) {
    ++run_.result().rows;
  }
}

void ImapClient::on_tagged(std::string const& line) {
  if (!line.starts_with("a OK")) throw std::runtime_error("the server says: " + line);
  if (!ready_) return next_of_setup();
  UnderWay const done = under_way_.front();
  under_way_.pop_front();
  if (done.last_of_operation) run_.finished(seconds_now() - done.begun);
  go_on();
}

void ImapClient::next_of_setup() {
  ImapLoad const& load = run_.load();
  if (setup_done_ < load.setup.size()) return say(expand(load.setup[setup_done_++], 0, number_));
  if (!load.login_is_operation) {
    ready_ = true;
    return run_.ready();
  }
  send("a LOGOUT\r\n");
  close();
  std::uint64_t operation = 0;
  bool const more = run_.take(operation);
  run_.finished(seconds_now() - opened_);
  if (more) run_.add_client();
}

void ImapClient::go_on() {
  while (under_way_.size() < run_.load().pipelined) {
    std::uint64_t operation = 0;
    if (!run_.take(operation)) return;
    double const now = seconds_now();
    for (std::string const& command : run_.load().command) {
      under_way_.push_back({now, &command == &run_.load().command.back()});
      say(expand(command, operation, number_));
    }
  }
}

}  // namespace

ImapResult run_imap(ImapLoad const& load) {
  return ImapRun(load).run();
}

}  // namespace yubin::bench
