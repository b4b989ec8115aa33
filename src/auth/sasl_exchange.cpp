#include "auth/sasl_exchange.h"

#include <utility>

namespace yubin::auth {

void SaslExchange::offer_to_bind(ChannelBindings bindings) {
  mechanism_.reset();
  connection_ = {std::move(bindings), true};
}

void SaslExchange::step(AskSasl message, Callback done) {
  if (!message.mechanism.empty()) {
    mechanism_ = make_sasl_mechanism(message.mechanism, authenticator_.random(), connection_);
    user_.clear();
    who_.reset();
    refusal_.reset();
    has_keys_ = false;
  }
  if (!mechanism_) return done(Malformed{"There is no such mechanism"});
  // Here too, or many exchanges begun at once would be many guesses.
  std::optional<TryLater> const later = has_keys_ ? authenticator_.must_wait(attempt(authzid_)) : std::nullopt;
  if (later) {
    mechanism_.reset();
    return done(*later);
  }
  go_on(mechanism_->step(std::move(message.response)), std::move(done));
}

void SaslExchange::go_on(SaslMechanism::Step next, Callback done) {
  if (auto* challenge = std::get_if<SaslChallenge>(&next)) return done(std::move(*challenge));
  if (auto* question = std::get_if<SaslMechanism::AskKeys>(&next))
    return find_keys(std::move(*question), std::move(done));
  if (auto* check = std::get_if<SaslMechanism::CheckToken>(&next))
    return check_token(std::move(*check), std::move(done));
  mechanism_.reset();
  if (auto* check = std::get_if<SaslMechanism::CheckPassword>(&next))
    return check_password(std::move(*check), std::move(done));
  if (auto* malformed = std::get_if<SaslMechanism::Malformed>(&next))
    return done(Malformed{std::move(malformed->text)});
  if (refusal_) return done(*std::exchange(refusal_, std::nullopt));
  if (!std::holds_alternative<SaslMechanism::Proved>(next) || !who_)
    return done(authenticator_.not_proved(attempt(authzid_)));
  authenticator_.proved(attempt(authzid_));
  done(*std::exchange(who_, std::nullopt));
}

void SaslExchange::check_password(SaslMechanism::CheckPassword check, Callback done) {
  user_ = std::move(check.user);
  Attempt wanted = attempt(std::move(check.authzid));
  wanted.password = std::move(check.password);
  authenticator_.login(std::move(wanted), [done = std::move(done)](LoginResult result) mutable {
    std::visit([&](auto& one) { done(std::move(one)); }, result);
  });
}

void SaslExchange::check_token(SaslMechanism::CheckToken check, Callback done) {
  if (!tokens_) {
    mechanism_.reset();
    return done(Malformed{"No token is good here"});
  }
  user_ = std::move(check.user);
  Attempt wanted = attempt({});
  wanted.password = std::move(check.token);
  auto answered = [this, done = std::move(done)](LoginResult result) mutable {
    if (auto* refused = std::get_if<Refused>(&result)) {
      refusal_ = std::move(*refused);
      return go_on(mechanism_->refused(tokens_->refusal()), std::move(done));
    }
    mechanism_.reset();
    std::visit([&](auto& one) { done(std::move(one)); }, result);
  };
  authenticator_.login_by_token(std::move(wanted), tokens_, std::move(answered));
}

void SaslExchange::find_keys(SaslMechanism::AskKeys question, Callback done) {
  user_ = std::move(question.user);
  authzid_ = std::move(question.authzid);
  auto found = [this, done = std::move(done)](std::variant<Authenticator::Keys, TryLater> answer) mutable {
    if (auto* later = std::get_if<TryLater>(&answer)) {
      mechanism_.reset();
      return done(*later);
    }
    auto& keys = std::get<Authenticator::Keys>(answer);
    who_ = std::move(keys.who);
    has_keys_ = true;
    go_on(mechanism_->resume(std::move(keys.keys)), std::move(done));
  };
  authenticator_.find_keys(attempt(authzid_), std::move(found));
}

Attempt SaslExchange::attempt(std::string authzid) const {
  return {.user = user_, .password = {}, .peer = peer_, .authzid = std::move(authzid), .service = service_};
}

}  // namespace yubin::auth
