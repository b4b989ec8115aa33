#include "server/imap.h"

#include "server/events.h"

namespace yubin::server {

namespace {

using imap::LoginRefused;

}  // namespace

net::Task<imap::Session::Answer> ImapAnswers::answer(Session&, imap::AskLogin question) {
  auth::Attempt attempt{.user = question.user, .password = std::move(question.password), .peer = peer_, .authzid = {}};
  auth::LoginResult result = auth::TryLater{};
  auto start = [&](net::Resume resume) {
    auto done = [&result, resume = std::move(resume)](auth::LoginResult answer) mutable {
      result = std::move(answer);
      resume();
    };
    services_->authenticator.login(std::move(attempt), std::move(done));
  };
  co_await net::suspend(std::move(start));

  if (auto const* who = std::get_if<auth::LoggedIn>(&result)) {
    // An account that was made just before a crash has no mailboxes yet; it gets them here.
    auto create = [account = who->account](store::Changes& changes) { return changes.create_account(account); };
    kv::Ticket<void> const created = services_->store.change<void>({who->account}, Lane::reading, std::move(create));
    co_await net::finished(created.completion());
    if (!created.take())
      co_return imap::LoginAnswer(LoginRefused{LoginRefused::Why::unavailable, "Not possible at the moment"});
    record(who->address.text(), "accepted", "");
    co_return imap::LoginAnswer(imap::LoggedIn{who->account, who->address.text()});
  }
  if (std::holds_alternative<auth::Refused>(result)) {
    record(question.user, "refused", "no such user, or a wrong password");
    co_return imap::LoginAnswer(LoginRefused{LoginRefused::Why::wrong, "User name or password is wrong"});
  }
  record(question.user, "deferred", "the directory could not be read, or too many logins wait");
  co_return imap::LoginAnswer(LoginRefused{LoginRefused::Why::unavailable, "Not possible at the moment"});
}

void ImapAnswers::record(std::string const& user, std::string_view verdict, std::string_view reason) {
  log(kLogin, {{"service", "imap"}, {"user", user}, {"peer", peer_}, {"verdict", verdict}});
  journal::Entry entry;
  entry.id = services_->journal.next_id();
  entry.kind = journal::Kind::login;
  entry.service = "imap";
  entry.peer = peer_;
  entry.tls = tls_;
  entry.user = user;
  entry.verdict = verdict;
  entry.reason = reason;
  kv::Ticket<void> const ticket = services_->journal.append(std::move(entry));
  ticket.completion().on_done([ticket] {
    if (Result<> written = ticket.take(); !written) log(kJournalFailed, {{"detail", written.error().detail}});
  });
}

}  // namespace yubin::server
