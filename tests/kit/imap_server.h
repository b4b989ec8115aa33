// A store in memory with two accounts, and sessions on it that are driven as the driver in net/ does, without sockets.
// For tests and fuzz targets.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "imap/session.h"
#include "tests/kit/fake_sasl.h"
#include "tests/kit/memory_store.h"

namespace yubin::kit {

class FlagWaker final : public Waker {
 public:
  void wake(WakeReason) override { woken_ = true; }
  bool take() { return woken_.exchange(false); }

 private:
  std::atomic<bool> woken_ = false;
};

// A store with two accounts, and what they are told at login.
class ImapServer : public MemoryStore {
 public:
  static imap::LoginAnswer answer(std::string_view user, std::string_view password) {
    std::optional<store::AccountId> const account = find_account(user, password);
    if (account) return imap::LoggedIn{*account, std::string(user)};
    return imap::LoginRefused{imap::LoginRefused::Why::wrong, "User name or password is wrong."};
  }

  std::shared_ptr<imap::Options> options = std::make_shared<imap::Options>();
};

// One connection. Between calls the session waits for input, has agreed to TLS, or is closed.
class ImapConnection {
 public:
  static constexpr std::size_t kWhole = 0;

  ImapConnection(ImapServer& server, imap::Connection::Tls tls, std::size_t piece = kWhole)
      : piece_(piece),
        waker_(std::make_shared<FlagWaker>()),
        session_({server.store, server.clock, server.options, waker_}, imap::Connection{tls}) {
    drive();
  }

  void send(std::string_view bytes) {
    while (!bytes.empty() && !closed_ && !upgrading_) {
      std::size_t count = piece_ == kWhole ? bytes.size() : std::min(piece_, bytes.size());
      session_.receive(bytes.substr(0, count));
      bytes.remove_prefix(count);
      drive();
    }
  }
  // What it has said since the last call; changes by others are told first.
  std::string receive() {
    if (waker_->take()) wake(WakeReason::changed);
    return std::exchange(output_, {});
  }
  // Says something and hears the answer.
  std::string talk(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  void wake(WakeReason reason) {
    if (closed_) return;
    session_.wake(reason);
    drive();
  }
  void start_tls() {
    YUBIN_ASSERT(upgrading_);
    upgrading_ = false;
    session_.resume(Done{});
    drive();
  }

  bool is_closed() const { return closed_; }
  bool is_upgrading() const { return upgrading_; }
  std::size_t largest_send() const { return largest_send_; }
  imap::Session& session() { return session_; }

 private:
  void drive() {
    while (!closed_ && !upgrading_) {
      imap::Session::Event event = session_.poll();
      if (std::holds_alternative<NeedInput>(event)) return;
      std::visit([this](auto& e) { handle(e); }, event);
    }
  }

  void handle(NeedInput const&) {}
  void handle(Yield const&) {}
  void handle(Send const& send) {
    output_ += send.bytes;
    largest_send_ = std::max(largest_send_, send.bytes.size());
  }
  void handle(imap::AskLogin const& question) {
    session_.resume(ImapServer::answer(question.user, question.password.view()));
  }
  void handle(AskSasl const& question) {
    FakeSasl::Step const step = sasl_.step(question);
    if (auto const* challenge = std::get_if<SaslChallenge>(&step)) return session_.resume(*challenge);
    auto const* check = std::get_if<FakeSasl::Check>(&step);
    if (check) return session_.resume(ImapServer::answer(check->user, check->password));
    using imap::LoginRefused;
    session_.resume(imap::LoginAnswer(LoginRefused{LoginRefused::Why::malformed, "That is not a message of PLAIN."}));
  }
  void handle(AwaitCommit const& await) {
    await.completion.wait();
    session_.resume(Done{});
  }
  void handle(StartTls const&) { upgrading_ = true; }
  void handle(Close const&) { closed_ = true; }

  std::size_t piece_;
  std::shared_ptr<FlagWaker> waker_;
  imap::Session session_;
  FakeSasl sasl_;
  std::string output_;
  std::size_t largest_send_ = 0;
  bool closed_ = false;
  bool upgrading_ = false;
};

}  // namespace yubin::kit
