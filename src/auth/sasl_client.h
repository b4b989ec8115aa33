// SASL mechanisms, the client's side (RFC 4422 section 3): how we log in to a relay. A mechanism knows no protocol and
// no socket; it is asked what to say and told what the server said.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace yubin::auth {

struct ClientLogin {
  std::string user;
  Secret password;
  Secret token{};  // of OAuth 2.0; if there is one, it is used and no password
};

// One exchange. One thread at a time. After an error it is over.
class SaslClient {
 public:
  virtual ~SaslClient() = default;
  virtual std::string_view name() const = 0;
  // The first response, before any challenge; none: the server speaks first.
  virtual std::optional<Secret> begin() = 0;
  // The response to a challenge. It may take some 100 ms of CPU (SCRAM), so not on an event loop. Errors: denied, the
  // server says what this mechanism does not, or does not know the password's keys; internal.
  virtual Result<Secret> respond(std::string_view challenge) = 0;
  // The server says that we are logged in. Errors: denied, it had to prove itself and did not.
  virtual Result<> finish() { return {}; }
};

// Whether others may read what is sent.
enum class Channel { in_clear, encrypted };

// The best of what the server offers, names in upper case: SCRAM-SHA-256, then PLAIN and LOGIN, which show the password
// to the server and so are used on an encrypted channel only. With a token OAUTHBEARER, then XOAUTH2, likewise. Null:
// none will do. `random` outlives it.
std::unique_ptr<SaslClient> make_sasl_client(std::span<std::string const> offered, ClientLogin login, Channel channel,
                                             Random& random);

}  // namespace yubin::auth
