// The SASL mechanism PLAIN (RFC 4616).
#pragma once

#include <string>
#include <string_view>

#include "auth/sasl.h"
#include "base/result.h"

namespace yubin::auth {

struct PlainMessage {
  std::string authzid;  // whom to act as; empty: the same as authcid
  std::string authcid;  // who logs in
  Secret password;
};

// The client's message, base64 already decoded: [authzid] NUL authcid NUL passwd. Each at most 1024 bytes
// (RFC 4616 section 2 asks for 255). Errors: syntax.
//
// Deviates from RFC 4616 section 2: identities and password are taken as they are, without SASLprep and without
// requiring UTF-8, because passwords that came from other servers were hashed that way.
Result<PlainMessage> sasl_plain(std::string_view message);

// One message, which is the initial response or the answer to an empty challenge.
class SaslPlain final : public SaslMechanism {
 public:
  Step step(std::optional<Secret> response) override;
};

}  // namespace yubin::auth
