#include "server/pop3.h"

#include <fmt/format.h>

namespace yubin::server {

namespace {

using Answer = pop3::Session::Answer;
using Why = pop3::LoginRefused::Why;

Answer answer_of(auth::LoggedIn const& who) {
  return pop3::LoginAnswer(pop3::LoggedIn{who.account});
}
Answer answer_of(auth::Refused const&) {
  return pop3::LoginAnswer(pop3::LoginRefused{Why::wrong, "User name or password is wrong."});
}
Answer answer_of(auth::TryLater const& later) {
  return pop3::LoginAnswer(pop3::LoginRefused{Why::unavailable, fmt::format("{}.", Login::sentence(later))});
}
Answer answer_of(auth::Malformed const& malformed) {
  return pop3::LoginAnswer(pop3::LoginRefused{Why::malformed, malformed.text + "."});
}
Answer answer_of(SaslChallenge const& challenge) {
  return challenge;
}

}  // namespace

net::Task<Answer> Pop3Answers::answer(Session&, pop3::AskLogin question) {
  auth::LoginResult const result = co_await login_.password(std::move(question.user), std::move(question.password));
  co_return std::visit([](auto const& one) { return answer_of(one); }, result);
}

net::Task<Answer> Pop3Answers::answer(Session&, AskSasl question) {
  auth::SaslResult const result = co_await login_.sasl(std::move(question));
  co_return std::visit([](auto const& one) { return answer_of(one); }, result);
}

}  // namespace yubin::server
