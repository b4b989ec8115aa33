// One connection's SASL exchanges against the authenticator: what answers a session's AskSasl (base/sasl.h).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "auth/authenticator.h"
#include "auth/sasl.h"
#include "auth/token_verifier.h"
#include "base/sasl.h"

namespace yubin::auth {

// The client's message is none of the mechanism's: a syntax error, not a wrong password.
struct Malformed {
  std::string text;  // one ASCII sentence for the client, without its full stop
  friend bool operator==(Malformed const&, Malformed const&) = default;
};
using SaslResult = std::variant<SaslChallenge, LoggedIn, Refused, TryLater, Malformed>;

// One thread at a time; no step() before the last one has called back, and this stays until then.
class SaslExchange {
 public:
  using Callback = std::move_only_function<void(SaslResult)>;

  // `authenticator` outlives this.
  SaslExchange(Authenticator& authenticator, std::string peer, std::string service = {})
      : authenticator_(authenticator), peer_(std::move(peer)), service_(std::move(service)) {}

  // TLS came about, and that is what a login may be bound to; some mechanism that does so is offered. Between
  // exchanges.
  void offer_to_bind(ChannelBindings bindings);
  // What tokens are verified by; without, none is good.
  void take_tokens(std::shared_ptr<TokenVerifier const> tokens) { tokens_ = std::move(tokens); }

  // Calls back once: at once, or on a thread of the authenticator's.
  void step(AskSasl message, Callback done);

  // Whom the last exchange was about, as the client wrote it; empty while it has not said so.
  std::string const& user() const { return user_; }

 private:
  void go_on(SaslMechanism::Step next, Callback done);
  void check_password(SaslMechanism::CheckPassword check, Callback done);
  void check_token(SaslMechanism::CheckToken check, Callback done);
  void find_keys(SaslMechanism::AskKeys question, Callback done);
  Attempt attempt(std::string authzid) const;

  Authenticator& authenticator_;
  std::string const peer_;
  std::string const service_;
  SaslConnection connection_;
  std::shared_ptr<TokenVerifier const> tokens_;
  std::unique_ptr<SaslMechanism> mechanism_;  // while an exchange runs
  std::string user_;
  std::string authzid_;
  std::optional<LoggedIn> who_;     // of SCRAM, if the client turns out to know the password
  std::optional<Refused> refusal_;  // of a token, while the client is told why
  bool has_keys_ = false;           // SCRAM: the client's proof comes next
};

}  // namespace yubin::auth
