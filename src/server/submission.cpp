#include "server/submission.h"

#include <fmt/format.h>

#include <algorithm>

namespace yubin::server {

namespace {

using smtp::Reply;
using Answer = smtp::Session::Answer;

constexpr ReceptionRole kSubmission{
    .service = "submission", .elsewhere = "this server does not send mail to other domains yet", .submission = true};

// RFC 4954 section 6
Answer answer_of(auth::LoggedIn const&) {
  return smtp::Authenticated{};
}
Answer answer_of(auth::Refused const&) {
  return Reply(535, {5, 7, 8}, "User name or password is wrong");
}
Answer answer_of(auth::TryLater const& later) {
  return Reply(454, {4, 7, 0}, std::string(Login::sentence(later)));
}
Answer answer_of(auth::Malformed const& malformed) {
  return Reply(501, {5, 5, 2}, malformed.text);
}
Answer answer_of(SaslChallenge const& challenge) {
  return challenge;
}

}  // namespace

SubmissionAnswers::SubmissionAnswers(std::shared_ptr<ReceptionServices const> services, LoginServices login,
                                     SubmissionOptions options, std::string const& peer)
    : reception_(std::move(services), kSubmission, peer), login_(login, "submission", peer), options_(options) {}

void SubmissionAnswers::secured(tls::Facts const& facts) {
  reception_.secured(facts);
  login_.secured(facts);
}

net::Task<Answer> SubmissionAnswers::answer(Session&, AskSasl question) {
  auth::SaslResult const result = co_await login_.sasl(std::move(question));
  if (auto const* who = std::get_if<auth::LoggedIn>(&result)) {
    account_ = who->account;
    reception_.logged_in(who->address);
  }
  co_return std::visit([](auto const& one) { return answer_of(one); }, result);
}

net::Task<Answer> SubmissionAnswers::answer(Session&, smtp::AskMail question) {
  reception_.begin(question);
  std::optional<mime::Address> const sender = question.reverse_path.address();
  if (!sender || !options_.own_sender_only) co_return Reply(250, {2, 1, 0}, "OK");
  Result<bool> const own = co_await is_own(*sender);
  if (!own) co_return reception_.refuse_sender({451, {4, 3, 0}, "Not possible at the moment"});
  if (*own) co_return Reply(250, {2, 1, 0}, "OK");
  Reply const refusal{
      553, {5, 7, 1}, fmt::format("<{}>: not an address of the account that is logged in", sender->text())};
  co_return reception_.refuse_sender(refusal);
}

net::Task<Result<bool>> SubmissionAnswers::is_own(mime::Address address) {
  CO_TRY(Reception::Destination const found, co_await reception_.look_up(std::move(address)));
  if (auto const* target = std::get_if<directory::ToAccount>(&found.route)) co_return target->account == account_;
  auto const* many = std::get_if<directory::ToMany>(&found.route);
  co_return many != nullptr&& std::ranges::find(many->accounts, account_, &directory::ToAccount::account) !=
      many->accounts.end();
}

net::Task<Answer> SubmissionAnswers::answer(Session&, smtp::AskRecipient question) {
  co_return co_await reception_.recipient(std::move(question.recipient.path), std::move(question.recipient.parameters));
}

net::Task<Answer> SubmissionAnswers::answer(Session&, smtp::AskMessage question) {
  std::vector<Reply> const replies = co_await reception_.message(std::move(question));
  co_return replies.front();
}

net::Task<> SubmissionAnswers::answer(Session&, smtp::DropBody) {
  reception_.drop_body();
  co_return;
}

}  // namespace yubin::server
