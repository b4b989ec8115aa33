#include "server/submission.h"

#include <fmt/format.h>

#include <algorithm>

#include "mime/date.h"

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

// RFC 3463 section 3.8: X.7.1, the sender is not allowed to send this.
Reply reply_of(directory::SendingRefusal const& refusal) {
  constexpr std::string_view kWords[] = {"messages an hour", "messages a day", "recipients an hour",
                                         "recipients a day"};
  std::string_view const words = kWords[static_cast<std::size_t>(refusal.limit)];
  if (!refusal.free)
    return {550,
            {5, 7, 1},
            fmt::format("{} may send to {} {}, and this message alone has more", refusal.who, refusal.most, words)};
  return {450,
          {4, 7, 1},
          fmt::format("{} has reached the limit of {} {}; more can be sent from {} on", refusal.who, refusal.most,
                      words, mime::format_date(*refusal.free, 0))};
}

}  // namespace

SubmissionAnswers::SubmissionAnswers(std::shared_ptr<ReceptionServices const> services, LoginServices login,
                                     SubmissionOptions options, directory::SendingCounts* counts,
                                     std::string const& peer)
    : services_(services),
      reception_(std::move(services), kSubmission, peer),
      login_(login, "submission", peer),
      options_(options),
      counts_(counts) {}

void SubmissionAnswers::secured(tls::Facts const& facts) {
  reception_.secured(facts);
  login_.secured(facts);
}

net::Task<Answer> SubmissionAnswers::answer(Session&, AskSasl question) {
  auth::SaslResult const result = co_await login_.sasl(std::move(question));
  if (auto const* who = std::get_if<auth::LoggedIn>(&result)) {
    account_ = who->account;
    user_ = who->address;
    reception_.logged_in(who->address);
  }
  co_return std::visit([](auto const& one) { return answer_of(one); }, result);
}

// What is set for the account may have changed since the last message.
net::Task<Result<>> SubmissionAnswers::open_charge() {
  charge_.reset();
  if (counts_ == nullptr) co_return Result<>{};
  Result<directory::AccountSettings> settings;
  auto read = [&] { settings = services_->directory.settings(account_); };
  co_await net::run_on(services_->pool, Lane::delivery, std::ref(read));
  if (!settings) co_return std::unexpected(settings.error());
  directory::Sender sender{*user_, directory::in_force(options_.sending.account, settings->sending),
                           options_.sending.domain};
  charge_ = std::make_unique<directory::SendingCharge>(*counts_, std::move(sender));
  co_return Result<>{};
}

net::Task<Answer> SubmissionAnswers::answer(Session&, smtp::AskMail question) {
  reception_.begin(question);
  Result<> const charged = co_await open_charge();
  if (!charged) co_return reception_.refuse_sender({451, {4, 3, 0}, "Not possible at the moment"});
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
  if (charge_) {
    std::optional<directory::SendingRefusal> const refusal = charge_->take();
    if (refusal) {
      reception_.note("limit", fmt::format("{} {}", refusal->who,
                                           directory::kSendingLimitNames[static_cast<std::size_t>(refusal->limit)]));
      co_return reception_.refuse(question.recipient.path.text(), reply_of(*refusal));
    }
  }
  Reply reply =
      co_await reception_.recipient(std::move(question.recipient.path), std::move(question.recipient.parameters));
  if (charge_ && !reply.is_positive()) charge_->give_back(1);
  co_return reply;
}

net::Task<Answer> SubmissionAnswers::answer(Session&, smtp::AskMessage question) {
  std::vector<Reply> const replies = co_await reception_.message(std::move(question));
  if (charge_ && replies.front().is_positive()) charge_->keep();
  charge_.reset();
  co_return replies.front();
}

net::Task<> SubmissionAnswers::answer(Session&, smtp::DropBody) {
  reception_.drop_body();
  co_return;
}

}  // namespace yubin::server
