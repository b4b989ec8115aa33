#include "server/login.h"

#include "server/events.h"

namespace yubin::server {

net::Task<auth::LoginResult> Login::password(std::string user, Secret password) {
  auth::Attempt attempt{
      .user = user, .password = std::move(password), .peer = peer_, .authzid = {}, .service = service_};
  auth::LoginResult result = auth::TryLater{};
  auto start = [&](net::Resume resume) {
    auto done = [&result, resume = std::move(resume)](auth::LoginResult answer) mutable {
      result = std::move(answer);
      resume();
    };
    services_.authenticator.login(std::move(attempt), std::move(done));
  };
  co_await net::suspend(std::move(start));

  if (auto const* who = std::get_if<auth::LoggedIn>(&result)) {
    bool const ready = co_await make_ready(*who);
    if (!ready) result = auth::TryLater{};
  } else if (std::holds_alternative<auth::Refused>(result)) {
    record_refused(user);
  } else {
    record_deferred(user);
  }
  co_return result;
}

net::Task<auth::SaslResult> Login::sasl(AskSasl message) {
  auth::SaslResult result = auth::TryLater{};
  auto start = [&](net::Resume resume) {
    auto done = [&result, resume = std::move(resume)](auth::SaslResult answer) mutable {
      result = std::move(answer);
      resume();
    };
    exchange_.step(std::move(message), std::move(done));
  };
  co_await net::suspend(std::move(start));

  if (auto const* who = std::get_if<auth::LoggedIn>(&result)) {
    bool const ready = co_await make_ready(*who);
    if (!ready) result = auth::TryLater{};
  } else if (std::holds_alternative<auth::Refused>(result)) {
    record_refused(exchange_.user());
  } else if (std::holds_alternative<auth::TryLater>(result)) {
    record_deferred(exchange_.user());
  }
  co_return result;
}

// An account that was made just before a crash has no mailboxes yet; it gets them here.
net::Task<bool> Login::make_ready(auth::LoggedIn who) {
  auto create = [account = who.account](store::Changes& changes) { return changes.create_account(account); };
  kv::Ticket<void> const created = services_.store.change<void>({who.account}, Lane::reading, std::move(create));
  co_await net::finished(created.completion());
  Result<> const ready = created.take();
  succeeded_ = succeeded_ || ready.has_value();
  if (ready) {
    record(who.address.text(), "accepted", "");
  } else {
    record(who.address.text(), "deferred", "the account's mailboxes cannot be read");
  }
  co_return ready.has_value();
}

void Login::record_refused(std::string const& user) {
  record(user, "refused", "no such user, or a wrong password");
}

void Login::record_deferred(std::string const& user) {
  record(user, "deferred", "the directory could not be read, or too many logins wait");
}

void Login::ended(net::Ending ending) {
  if (tried_) return;
  journal::Entry entry;
  entry.id = services_.journal.next_id();
  entry.kind = journal::Kind::connection;
  entry.service = service_;
  entry.peer = peer_;
  entry.tls = tls_;
  entry.verdict = "closed";
  entry.reason = "nobody logged in";
  entry.facts.emplace_back("ending", net::to_string(ending));
  services_.journal.note(std::move(entry));
}

void Login::record(std::string const& user, std::string_view verdict, std::string_view reason) {
  tried_ = true;
  log(kLogin, {{"service", service_}, {"user", user}, {"peer", peer_}, {"verdict", verdict}});
  journal::Entry entry;
  entry.id = services_.journal.next_id();
  entry.kind = journal::Kind::login;
  entry.service = service_;
  entry.peer = peer_;
  entry.tls = tls_;
  entry.user = user;
  entry.verdict = verdict;
  entry.reason = reason;
  services_.journal.note(std::move(entry));
}

}  // namespace yubin::server
