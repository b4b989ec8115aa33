// The SASL mechanisms SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), the server's side: the client proves
// that it knows the password, and the server that it knows the keys made from it; the password is not sent. With PLUS
// both also prove that they are at the two ends of one TLS connection, so nobody is in between.
#pragma once

#include <optional>
#include <string>

#include "auth/sasl.h"
#include "auth/scram_keys.h"
#include "base/random.h"

namespace yubin::auth {

class SaslScram final : public SaslMechanism {
 public:
  enum class Variant { unbound, bound };

  // Both references outlive this.
  SaslScram(Variant variant, Random& random, SaslConnection const& connection)
      : variant_(variant), random_(random), connection_(connection) {}

  Step step(std::optional<Secret> response) override;
  Step resume(ScramKeys keys) override;

 private:
  enum class Phase { first, keys, final, acknowledged, over };

  Step client_first(std::string_view message);
  Step client_final(std::string_view message);
  std::optional<Malformed> check_binding(std::string_view flag);
  bool is_same_channel(std::string_view sent) const;

  Variant const variant_;
  Random& random_;
  SaslConnection const& connection_;
  Phase phase_ = Phase::first;
  std::string gs2_header_;
  std::string binding_type_;  // empty: the client does not bind
  std::string client_first_bare_;
  std::string server_first_;
  std::string nonce_;  // the client's, then ours
  ScramKeys keys_;
};

}  // namespace yubin::auth
