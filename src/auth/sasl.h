// SASL mechanisms, the server's side (RFC 4422 section 3). A mechanism is fed what the client says and tells what comes
// next; it knows no protocol, no socket and no directory. sasl_exchange.h runs one against the authenticator.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/scram_keys.h"
#include "base/channel_binding.h"
#include "base/random.h"
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
  // Ends the exchange if this token is good for that user, or for anybody if that is empty; else go on by refused().
  struct CheckToken {
    std::string user;
    Secret token;
  };
  // SCRAM: go on by resume() with the keys of that user, or with false ones if there is none.
  struct AskKeys {
    std::string user;
    std::string authzid;
  };
  struct Proved {};  // ends the exchange: the client knows the password of the user of AskKeys
  struct Failed {};  // ends the exchange: it does not
  // Ends the exchange: that is no message of this mechanism.
  struct Malformed {
    std::string text;  // one ASCII sentence for the client, without its full stop
  };
  using Step = std::variant<SaslChallenge, CheckPassword, CheckToken, AskKeys, Proved, Failed, Malformed>;

  virtual ~SaslMechanism() = default;
  // The first call has the initial response, if there was one.
  virtual Step step(std::optional<Secret> response) = 0;
  // The answer to AskKeys.
  virtual Step resume(ScramKeys keys);
  // The answer to CheckToken: what the client is told.
  virtual Step refused(std::string why);
};

// What a mechanism may know of the connection.
struct SaslConnection {
  ChannelBindings bindings;     // what a client may bind its login to
  bool offers_to_bind = false;  // a mechanism that does so was offered to it
};

// By its name in upper case, as IANA registered it; null: there is no such mechanism. `random` and `connection` outlive
// it.
std::unique_ptr<SaslMechanism> make_sasl_mechanism(std::string_view name, Random& random,
                                                   SaslConnection const& connection);

// The names of all there are, the best first.
std::vector<std::string_view> sasl_mechanisms();

}  // namespace yubin::auth
