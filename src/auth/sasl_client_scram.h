// SCRAM-SHA-256 (RFC 5802, RFC 7677), the client's side, without channel binding.
#pragma once

#include "auth/sasl_client.h"

namespace yubin::auth {

class SaslClientScram final : public SaslClient {
 public:
  // RFC 7677 section 4: at least 4096. The upper limit is what we are willing to compute for a server.
  static constexpr std::uint32_t kMinIterations = 4096;
  static constexpr std::uint32_t kMaxIterations = 600'000;

  SaslClientScram(ClientLogin login, Random& random) : login_(std::move(login)), random_(random) {}

  std::string_view name() const override { return "SCRAM-SHA-256"; }
  std::optional<Secret> begin() override;
  Result<Secret> respond(std::string_view challenge) override;
  Result<> finish() override;

 private:
  enum class Phase { first, final, proved, over };

  Result<Secret> server_first(std::string_view message);
  Result<Secret> server_final(std::string_view message);

  ClientLogin login_;
  Random& random_;
  Phase phase_ = Phase::first;
  std::string nonce_;
  std::string first_bare_;
  std::string server_signature_;
};

}  // namespace yubin::auth
