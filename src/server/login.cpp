#include "server/login.h"

#include <fmt/format.h>

#include <bit>

#include "server/events.h"

namespace yubin::server {

namespace {

constexpr std::string_view kWrong = "no such user, or a wrong password";
constexpr std::string_view kNotAllowed = "the account or its app password is not good for this service and network";
constexpr std::string_view kBusy = "the directory could not be read, or too many logins wait";
constexpr std::string_view kGuessing = "too many wrong passwords: this guess was not looked at";

std::string_view reason_of(auth::Refused const& refused) {
  if (refused.why == auth::Refused::Why::token) return refused.token;
  return refused.why == auth::Refused::Why::not_allowed ? kNotAllowed : kWrong;
}

std::string_view reason_of(auth::TryLater const& later) {
  return later.why == auth::TryLater::Why::guessing ? kGuessing : kBusy;
}

// All of the first ones of a network, then the 16th, 32nd, 64th: a row tells for how many it stands.
bool is_worth_a_row(std::uint32_t failures) {
  return failures <= 10 || std::has_single_bit(failures);
}

}  // namespace

void Login::secured(tls::Facts const& facts) {
  tls_ = facts.version + " " + facts.cipher;
  if (services_.offers_to_bind) exchange_.offer_to_bind(facts.bindings);
}

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
  } else if (auto const* refused = std::get_if<auth::Refused>(&result)) {
    record_failure(user, "refused", reason_of(*refused), refused->failures);
  } else if (auto const* later = std::get_if<auth::TryLater>(&result)) {
    record_failure(user, "deferred", reason_of(*later), later->failures);
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
  } else if (auto const* refused = std::get_if<auth::Refused>(&result)) {
    record_failure(exchange_.user(), "refused", reason_of(*refused), refused->failures);
  } else if (auto const* later = std::get_if<auth::TryLater>(&result)) {
    record_failure(exchange_.user(), "deferred", reason_of(*later), later->failures);
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
    record(who.address.text(), "accepted", "", who.app_password);
  } else {
    record(who.address.text(), "deferred", "the account's mailboxes cannot be read");
  }
  co_return ready.has_value();
}

void Login::record_failure(std::string const& user, std::string_view verdict, std::string_view reason,
                           auth::Failures failures) {
  tried_ = true;
  if (!is_worth_a_row(failures.of_network)) return;
  if (failures.of_network == 1) return record(user, verdict, reason);
  record(user, verdict, fmt::format("{}; failure {} of this network in a short time", reason, failures.of_network));
}

void Login::ended(net::Ending ending) {
  if (tried_) return;
  journal::Entry entry;
  entry.id = services_.journal.next_id();
  entry.kind = journal::Kind::connection;
  entry.service = service_;
  entry.generation = services_.generation;
  entry.peer = peer_;
  entry.tls = tls_;
  entry.verdict = "closed";
  entry.reason = "nobody logged in";
  entry.facts.emplace_back("ending", net::to_string(ending));
  services_.journal.note(std::move(entry));
}

void Login::record(std::string const& user, std::string_view verdict, std::string_view reason,
                   std::string_view app_password) {
  tried_ = true;
  log(kLogin, {{"service", service_}, {"user", user}, {"peer", peer_}, {"verdict", verdict}});
  journal::Entry entry;
  entry.id = services_.journal.next_id();
  entry.kind = journal::Kind::login;
  entry.service = service_;
  entry.generation = services_.generation;
  entry.peer = peer_;
  entry.tls = tls_;
  entry.user = user;
  entry.verdict = verdict;
  entry.reason = reason;
  if (!app_password.empty()) entry.facts.emplace_back("app_password", app_password);
  services_.journal.note(std::move(entry));
}

}  // namespace yubin::server
