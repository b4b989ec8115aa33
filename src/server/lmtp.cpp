#include "server/lmtp.h"

#include "base/assert.h"

namespace yubin::server {

namespace {

constexpr ReceptionRole kLmtp{.service = "lmtp", .elsewhere = "we take no mail for this domain", .lmtp = true};

}  // namespace

LmtpAnswers::LmtpAnswers(std::shared_ptr<ReceptionServices const> services, std::string peer)
    : reception_(std::move(services), kLmtp, std::move(peer)) {}

net::Task<LmtpAnswers::Answer> LmtpAnswers::answer(Session&, smtp::AskMail question) {
  reception_.begin(question);
  co_return smtp::Reply(250, {2, 1, 0}, "OK");
}

net::Task<LmtpAnswers::Answer> LmtpAnswers::answer(Session&, smtp::AskRecipient question) {
  co_return co_await reception_.recipient(std::move(question.recipient.path), std::move(question.recipient.parameters));
}

net::Task<LmtpAnswers::Answer> LmtpAnswers::answer(Session&, smtp::AskMessage question) {
  co_return co_await reception_.message(std::move(question));
}

net::Task<LmtpAnswers::Answer> LmtpAnswers::answer(Session&, AskSasl) {
  YUBIN_ASSERT(false);
}

net::Task<> LmtpAnswers::answer(Session&, smtp::DropBody) {
  reception_.drop_body();
  co_return;
}

}  // namespace yubin::server
