#include "auth/sasl_login.h"

#include <utility>

namespace yubin::auth {

namespace {
constexpr std::size_t kMaxPart = 1024;
}

// These prompts, and not those of the draft's text ("User Name"), since clients in the wild compare them.
SaslMechanism::Step SaslLogin::step(std::optional<Secret> response) {
  if (!response) return SaslChallenge{"Username:"};
  if (response->view().empty() || response->view().size() > kMaxPart)
    return Malformed{"That is not an answer of LOGIN"};
  if (!user_) {
    user_ = std::string(response->view());
    return SaslChallenge{"Password:"};
  }
  return CheckPassword{.user = *std::move(user_), .authzid = {}, .password = *std::move(response)};
}

}  // namespace yubin::auth
