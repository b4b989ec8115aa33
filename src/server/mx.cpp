#include "server/mx.h"

#include "base/assert.h"
#include "server/events.h"

namespace yubin::server {

namespace {

constexpr ReceptionRole kMx{
    .service = "mx",
    .elsewhere = "we take no mail for this domain; to send mail, use port 465 or 587 with your account",
    .judged = true};

// Another server names itself by a domain with a dot in it; a person's program by the machine's bare name or its
// private address.
bool looks_like_a_mail_program(std::string_view helo) {
  return helo.find('.') == std::string_view::npos || helo.starts_with('[');
}

}  // namespace

MxAnswers::MxAnswers(std::shared_ptr<ReceptionServices const> services, std::string peer)
    : reception_(std::move(services), kMx, peer), peer_(std::move(peer)) {}

net::Task<MxAnswers::Answer> MxAnswers::answer(Session&, smtp::AskMail question) {
  helo_ = question.hello.name;
  reception_.begin(question);
  co_return smtp::Reply(250, {2, 1, 0}, "OK");
}

net::Task<MxAnswers::Answer> MxAnswers::answer(Session& session, smtp::AskRecipient question) {
  smtp::Reply reply =
      co_await reception_.recipient(std::move(question.recipient.path), std::move(question.recipient.parameters));
  bool const elsewhere = reply.code() == 550 && reply.status() == smtp::EnhancedStatus{5, 7, 1};
  if (elsewhere && (session.tried_auth() || looks_like_a_mail_program(helo_))) {
    log(kHint, {{"hint", "mua_on_mx_port"}, {"peer", peer_}, {"helo", helo_}});
    reception_.note("hint", "mua_on_mx_port");
  }
  co_return reply;
}

net::Task<MxAnswers::Answer> MxAnswers::answer(Session&, smtp::AskMessage question) {
  std::vector<smtp::Reply> const replies = co_await reception_.message(std::move(question));
  co_return replies.front();
}

net::Task<MxAnswers::Answer> MxAnswers::answer(Session&, AskSasl) {
  YUBIN_ASSERT(false);
}

net::Task<> MxAnswers::answer(Session&, smtp::DropBody) {
  reception_.drop_body();
  co_return;
}

}  // namespace yubin::server
