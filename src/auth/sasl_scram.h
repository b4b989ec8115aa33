// The SASL mechanism SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side: the client proves that it knows the
// password, and the server that it knows the keys made from it; the password is not sent. Without channel binding.
#pragma once

#include <optional>
#include <string>

#include "auth/sasl.h"
#include "auth/scram_keys.h"
#include "base/random.h"

namespace yubin::auth {

class SaslScram final : public SaslMechanism {
 public:
  explicit SaslScram(Random& random) : random_(random) {}  // which outlives this

  Step step(std::optional<Secret> response) override;
  Step resume(ScramKeys keys) override;

 private:
  enum class Phase { first, keys, final, acknowledged, over };

  Step client_first(std::string_view message);
  Step client_final(std::string_view message);

  Random& random_;
  Phase phase_ = Phase::first;
  std::string gs2_header_;
  std::string client_first_bare_;
  std::string server_first_;
  std::string nonce_;  // the client's, then ours
  ScramKeys keys_;
};

}  // namespace yubin::auth
