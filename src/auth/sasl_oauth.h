// The SASL mechanism OAUTHBEARER (RFC 7628), and XOAUTH2, its predecessor, which many mail programs know instead: the
// client shows a token (token_verifier.h). When it is not good, it is told why, answers something, and has failed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/sasl.h"
#include "base/result.h"

namespace yubin::auth {

struct OAuthMessage {
  std::string user;  // an address, or empty: whoever the token speaks for
  Secret token;
};

// RFC 7628 section 3.1, base64 already decoded. Errors: syntax.
Result<OAuthMessage> oauth_bearer_message(std::string_view message);
// "user=" address 0x01 "auth=Bearer " token 0x01 0x01. Errors: syntax.
Result<OAuthMessage> xoauth2_message(std::string_view message);

class SaslOAuth final : public SaslMechanism {
 public:
  using Parse = Result<OAuthMessage> (*)(std::string_view message);
  explicit SaslOAuth(Parse parse) : parse_(parse) {}

  Step step(std::optional<Secret> response) override;
  Step refused(std::string why) override;

 private:
  Parse const parse_;
  bool refused_ = false;
};

}  // namespace yubin::auth
