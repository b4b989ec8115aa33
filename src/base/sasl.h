// The vocabulary of a SASL exchange (RFC 4422), between a protocol's session, which knows how that protocol frames the
// messages, and who knows the mechanisms: the session asks, auth/ answers, server/ brings them together.
//
// A session yields AskSasl with the mechanism's name for AUTH or AUTHENTICATE. While the answer is a SaslChallenge, it
// sends that (in base64, RFC 4648) and yields another AskSasl with what the client responds. Any other answer is the
// protocol's own for a login and ends the exchange; a client that gives up ("*") is not told to anybody.
//
// RFC 4422 section 3.6: neither IMAP nor POP3 nor SMTP has room for data with a success, so a mechanism that has some
// sends it as a last challenge, and the client's response to that is empty.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "base/secret.h"

namespace yubin {

struct AskSasl {
  // In upper case, one that was announced: begins an exchange; an unfinished one is forgotten. Empty: the exchange goes
  // on.
  std::string mechanism;
  // What the client says, base64 decoded. None: it sent no initial response with the mechanism's name, which is another
  // thing than an empty one.
  std::optional<Secret> response;
};

struct SaslChallenge {
  std::string bytes;  // not yet in base64; may be empty
};

// Whether a password may come as it is, by PLAIN or by a protocol's own command that is no better: where PLAIN is not
// announced, that is closed too.
inline bool takes_plain_passwords(std::span<std::string const> mechanisms) {
  return std::ranges::find(mechanisms, "PLAIN") != mechanisms.end();
}

}  // namespace yubin
