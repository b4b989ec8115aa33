#include "server/imap.h"

#include <fmt/format.h>

namespace yubin::server {

namespace {

using Answer = imap::Session::Answer;
using Why = imap::LoginRefused::Why;

Answer answer_of(auth::LoggedIn const& who) {
  return imap::LoginAnswer(imap::LoggedIn{who.account, who.address.text()});
}
Answer answer_of(auth::Refused const&) {
  return imap::LoginAnswer(imap::LoginRefused{Why::wrong, "User name or password is wrong."});
}
Answer answer_of(auth::TryLater const& later) {
  return imap::LoginAnswer(imap::LoginRefused{Why::unavailable, fmt::format("{}.", Login::sentence(later))});
}
Answer answer_of(auth::Malformed const& malformed) {
  return imap::LoginAnswer(imap::LoginRefused{Why::malformed, malformed.text + "."});
}
Answer answer_of(SaslChallenge const& challenge) {
  return challenge;
}

}  // namespace

net::Task<Answer> ImapAnswers::answer(Session&, imap::AskLogin question) {
  auth::LoginResult const result = co_await login_.password(std::move(question.user), std::move(question.password));
  co_return std::visit([](auto const& one) { return answer_of(one); }, result);
}

net::Task<Answer> ImapAnswers::answer(Session&, AskSasl question) {
  auth::SaslResult const result = co_await login_.sasl(std::move(question));
  co_return std::visit([](auto const& one) { return answer_of(one); }, result);
}

}  // namespace yubin::server
