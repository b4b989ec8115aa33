// A store in memory, and POP3 sessions on it that are driven as the driver in net/ does, without sockets. For tests and
// fuzz targets.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "pop3/session.h"
#include "tests/kit/fake_sasl.h"
#include "tests/kit/memory_store.h"

namespace yubin::kit {

class Pop3Server : public MemoryStore {
 public:
  static constexpr store::AccountId kHanako{1};

  static pop3::LoginAnswer answer(std::string_view user, std::string_view password) {
    std::optional<store::AccountId> const account = find_account(user, password);
    if (account) return pop3::LoggedIn{*account};
    return pop3::LoginRefused{pop3::LoginRefused::Why::wrong, "User name or password is wrong."};
  }

  // Puts a message into hanako's INBOX.
  void add(std::string_view message) {
    std::unique_ptr<kv::BodyWriter> writer = store.begin_body().value();
    YUBIN_ASSERT(writer->append(message).has_value());
    kv::SealedBody const body = writer->seal().wait().value();
    change([&](store::Changes& changes, store::MailboxId inbox) -> Result<> {
      store::NewMessage const added{.prefix = {}, .body = body, .summary = {}, .flags = {}, .keywords = {}};
      TRY_VOID(changes.append(kHanako, inbox, added));
      return {};
    });
  }

  // As if by another session: removes messages of hanako's INBOX.
  void expunge(store::Uid uid) {
    change([&](store::Changes& changes, store::MailboxId inbox) -> Result<> {
      store::UidRange const range{uid, uid};
      TRY_VOID(changes.expunge(kHanako, inbox, {&range, 1}, false));
      return {};
    });
  }

  store::Mailbox inbox() const { return store.find_mailbox(kHanako, store::MailboxName::inbox()).value().value(); }
  std::vector<store::Uid> uids() const { return store.uids(kHanako, inbox().id).value(); }

  std::shared_ptr<pop3::Options> options = std::make_shared<pop3::Options>();

 private:
  template <class Work>
  void change(Work work) {
    auto run = [&](store::Changes& changes) { return work(changes, inbox().id); };
    YUBIN_ASSERT(store.change<void>({kHanako}, Lane::reading, run).wait().has_value());
  }
};

// One connection. Between calls the session waits for input, has agreed to TLS, or is closed.
class Pop3Connection {
 public:
  static constexpr std::size_t kWhole = 0;

  Pop3Connection(Pop3Server& server, pop3::Connection::Tls tls, std::size_t piece = kWhole)
      : piece_(piece), session_({server.store, server.clock, server.options}, pop3::Connection{tls}) {
    drive();
  }

  void send(std::string_view bytes) {
    while (!bytes.empty() && !closed_ && !upgrading_) {
      std::size_t const count = piece_ == kWhole ? bytes.size() : std::min(piece_, bytes.size());
      session_.receive(bytes.substr(0, count));
      bytes.remove_prefix(count);
      drive();
    }
  }
  // What it has said since the last call.
  std::string receive() { return std::exchange(output_, {}); }
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
  pop3::Session& session() { return session_; }

 private:
  void drive() {
    while (!closed_ && !upgrading_) {
      pop3::Session::Event event = session_.poll();
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
  void handle(pop3::AskLogin const& question) {
    session_.resume(Pop3Server::answer(question.user, question.password.view()));
  }
  void handle(AskSasl const& question) {
    FakeSasl::Step const step = sasl_.step(question);
    if (auto const* challenge = std::get_if<SaslChallenge>(&step)) return session_.resume(*challenge);
    auto const* check = std::get_if<FakeSasl::Check>(&step);
    if (check) return session_.resume(Pop3Server::answer(check->user, check->password));
    using pop3::LoginRefused;
    session_.resume(pop3::LoginAnswer(LoginRefused{LoginRefused::Why::malformed, "That is not a message of PLAIN."}));
  }
  void handle(AwaitCommit const& await) {
    await.completion.wait();
    session_.resume(Done{});
  }
  void handle(StartTls const&) { upgrading_ = true; }
  void handle(Close const&) { closed_ = true; }

  std::size_t piece_;
  pop3::Session session_;
  FakeSasl sasl_;
  std::string output_;
  std::size_t largest_send_ = 0;
  bool closed_ = false;
  bool upgrading_ = false;
};

}  // namespace yubin::kit
