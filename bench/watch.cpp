#include "bench/watch.h"

#include <fmt/format.h>
#include <time.h>

#include <cstdio>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <vector>

#include "bench/mail.h"

namespace yubin::bench {

namespace {

// Logs in, then tells every line.
class Watcher final : public Client {
 public:
  Watcher(Loop& loop, ImapLoad const& load, unsigned user) : Client(loop, load.target), load_(load), user_(user) {}
  std::function<void(std::string const&)> on_line;

 private:
  void on_input(std::string& input) override {
    for (std::string line; take_line(input, line);) {
      if (line.starts_with("a NO") || line.starts_with("a BAD")) throw std::runtime_error("the server says: " + line);
      if (greeted_) {
        on_line(line);
      } else {
        greeted_ = true;
        send(fmt::format("l LOGIN user{}@{} {}\r\n", user_, load_.domain, load_.password));
      }
    }
  }

  ImapLoad const& load_;
  unsigned user_;
  bool greeted_ = false;
};

void sleep_milliseconds(long milliseconds) {
  timespec const pause{.tv_sec = 0, .tv_nsec = milliseconds * 1'000'000};
  ::nanosleep(&pause, nullptr);
}

// EXISTS, a command's end, or nothing of interest.
bool is_exists(std::string const& line) {
  return line.starts_with("* ") && line.ends_with(" EXISTS");
}

}  // namespace

void wait_for_messages(ImapLoad const& load, std::uint64_t messages, double patience) {
  Loop loop;
  double const start = seconds_now();
  std::vector<std::unique_ptr<Watcher>> watchers;
  std::vector<std::uint64_t> counts(load.users);
  unsigned answered = 0;
  auto ask = [](Watcher& watcher) { watcher.send("s STATUS INBOX (MESSAGES)\r\n"); };
  auto all_answered = [&] {
    std::uint64_t sum = 0;
    for (std::uint64_t count : counts) sum += count;
    if (sum >= messages) return loop.stop();
    if (seconds_now() - start > patience)
      throw std::runtime_error(fmt::format("{} of {} messages came in {} seconds", sum, messages, patience));
    sleep_milliseconds(20);
    for (auto const& watcher : watchers) ask(*watcher);
  };
  for (unsigned user = 1; user <= load.users; ++user) {
    watchers.push_back(std::make_unique<Watcher>(loop, load, user));
    Watcher& watcher = *watchers.back();
    watcher.on_line = [&, user](std::string const& line) {
      if (line.starts_with("l OK")) ask(watcher);
      if (std::size_t const at = line.find("(MESSAGES "); at != std::string::npos)
        counts[user - 1] = std::stoull(line.substr(at + 10));
      if (line.starts_with("s OK") && ++answered % load.users == 0) all_answered();
    };
    watcher.open();
  }
  loop.run(patience);
}

void hold_idle(ImapLoad const& load) {
  Loop loop;
  std::vector<std::unique_ptr<Watcher>> watchers;
  unsigned idle = 0;
  // A few at a time: of one network only so many may wait for their passwords to be looked at.
  auto add = [&](auto& self) -> void {
    if (watchers.size() == load.connections) return;
    watchers.push_back(std::make_unique<Watcher>(loop, load, static_cast<unsigned>(watchers.size()) % load.users + 1));
    Watcher& watcher = *watchers.back();
    watcher.on_line = [&](std::string const& line) {
      if (line.starts_with("l OK")) watcher.send("s SELECT INBOX\r\n");
      if (line.starts_with("s OK")) watcher.send("i IDLE\r\n");
      if (!line.starts_with("+")) return;
      if (++idle == load.connections) return loop.stop();
      self(self);
    };
    watcher.open();
  };
  for (int i = 0; i < 8; ++i) add(add);
  loop.run();
  fmt::print("{{\"holding\": {}}}\n", idle);
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
  }
}

Latencies run_idle_latency(Target const& smtp, ImapLoad const& imap, std::uint64_t messages) {
  Loop loop;
  Latencies latencies;
  double sent = 0;
  std::string const mail = make_mail(1, 4096) + ".\r\n";

  // One message under way at a time: the next is sent when the watcher has seen the last and the sender its 250.
  class Sender final : public Client {
   public:
    Sender(Loop& loop, Target const& target) : Client(loop, target) {}
    std::function<void(std::string const&)> on_line;

   private:
    void on_input(std::string& input) override {
      for (std::string line; take_line(input, line);)
        if (line.size() < 4 || line[3] != '-') on_line(line);
    }
  };
  Sender sender(loop, smtp);
  Watcher watcher(loop, imap, 1);
  bool accepted = false;
  bool seen = false;
  auto begin = [&] {
    accepted = seen = false;
    sender.send(fmt::format("MAIL FROM:<sender@load.example>\r\nRCPT TO:<user1@{}>\r\nDATA\r\n", imap.domain));
  };
  auto next = [&] {
    if (!accepted || !seen) return;
    if (latencies.count() == messages) return loop.stop();
    begin();
  };
  enum class Step { greeting, hello, mail, rcpt, data, content };
  Step step = Step::greeting;
  sender.on_line = [&](std::string const& line) {
    if (line[0] != '2' && line[0] != '3') throw std::runtime_error("the server says: " + line);
    switch (step) {
      case Step::greeting:
        sender.send("EHLO client.example\r\n");
        step = Step::hello;
        return;
      case Step::hello:
        step = Step::mail;
        return watcher.open();
      case Step::mail:
        step = Step::rcpt;
        return;
      case Step::rcpt:
        step = Step::data;
        return;
      case Step::data:
        step = Step::content;
        sent = seconds_now();
        return sender.send(mail);
      case Step::content:
        step = Step::mail;
        accepted = true;
        next();
    }
  };
  bool idle = false;
  watcher.on_line = [&](std::string const& line) {
    if (line.starts_with("l OK")) watcher.send("s SELECT INBOX\r\n");
    if (line.starts_with("s OK")) watcher.send("i IDLE\r\n");
    if (line.starts_with("+")) {
      idle = true;
      begin();
    } else if (idle && is_exists(line) && !seen) {
      latencies.add(seconds_now() - sent);
      seen = true;
      next();
    }
  };
  sender.open();
  loop.run();
  return latencies;
}

}  // namespace yubin::bench
