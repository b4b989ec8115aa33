#include "auth/sasl_exchange.h"

#include <utility>

namespace yubin::auth {

void SaslExchange::step(AskSasl message, Callback done) {
  if (!message.mechanism.empty()) {
    mechanism_ = make_sasl_mechanism(message.mechanism);
    user_.clear();
  }
  if (!mechanism_) return done(Malformed{"There is no such mechanism"});

  SaslMechanism::Step next = mechanism_->step(std::move(message.response));
  if (auto* challenge = std::get_if<SaslChallenge>(&next)) return done(std::move(*challenge));
  mechanism_.reset();
  if (auto* malformed = std::get_if<SaslMechanism::Malformed>(&next))
    return done(Malformed{std::move(malformed->text)});
  auto check = std::get<SaslMechanism::CheckPassword>(std::move(next));
  user_ = check.user;
  Attempt attempt{std::move(check.user), std::move(check.password), peer_, std::move(check.authzid), service_};
  authenticator_.login(std::move(attempt), [done = std::move(done)](LoginResult result) mutable {
    std::visit([&](auto& one) { done(std::move(one)); }, result);
  });
}

}  // namespace yubin::auth
