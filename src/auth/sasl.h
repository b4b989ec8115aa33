// SASL mechanisms, the server's side (RFC 4422 section 3). A mechanism is fed what the client says and tells what comes
// next; it knows no protocol, no socket and no directory. sasl_exchange.h runs one against the authenticator.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/sasl.h"
#include "base/secret.h"

namespace yubin::auth {

// One exchange. One thread at a time.
class SaslMechanism {
 public:
  // Ends the exchange: whether this password is right decides.
  struct CheckPassword {
    std::string user;     // any bytes
    std::string authzid;  // whom to act as (RFC 4422 section 3.4.1); empty: the same
    Secret password;
  };
  // Ends the exchange: that is no message of this mechanism.
  struct Malformed {
    std::string text;  // one ASCII sentence for the client, without its full stop
  };
  using Step = std::variant<SaslChallenge, CheckPassword, Malformed>;

  virtual ~SaslMechanism() = default;
  // The first call has the initial response, if there was one.
  virtual Step step(std::optional<Secret> response) = 0;
};

// By its name in upper case, as IANA registered it; null: there is no such mechanism.
std::unique_ptr<SaslMechanism> make_sasl_mechanism(std::string_view name);

}  // namespace yubin::auth
