#include "auth/sasl_client_scram.h"

#include <fmt/format.h>

#include <utility>

#include "auth/gs2_header.h"
#include "auth/password_scheme.h"
#include "auth/scram_keys.h"
#include "base/base64.h"
#include "base/text.h"

namespace yubin::auth {

namespace {

constexpr char const* kSha256 = "SHA256";
constexpr std::size_t kMaxMessage = 4096;
constexpr std::size_t kNonce = 24;

std::unexpected<Error> refused(std::string why) {
  return fail(Errc::denied, "SCRAM-SHA-256: " + std::move(why));
}

// server-first-message = nonce "," salt "," iteration-count ["," extensions]; an "m=" at its front is an extension that
// must be understood (RFC 5802 section 5.1), and there is none.
struct ServerFirst {
  std::string nonce;
  std::string salt;
  std::uint32_t iterations;
};
Result<ServerFirst> parse_first(std::string_view message) {
  auto const fields = split(message, ',');
  if (fields.size() < 3 || !fields[0].starts_with("r=") || !fields[1].starts_with("s=") || !fields[2].starts_with("i="))
    return refused("the server's first message is none");
  auto salt = from_base64(fields[1].substr(2));
  auto const iterations = parse_number(fields[2].substr(2));
  if (!salt || salt->empty() || !iterations) return refused("the server's first message is none");
  if (*iterations < SaslClientScram::kMinIterations || *iterations > SaslClientScram::kMaxIterations)
    return refused(fmt::format("the server wants {} iterations", *iterations));
  return ServerFirst{std::string(fields[0].substr(2)), *std::move(salt), static_cast<std::uint32_t>(*iterations)};
}

}  // namespace

// client-first-message = gs2-header client-first-message-bare
std::optional<Secret> SaslClientScram::begin() {
  nonce_ = random_.token(kNonce);
  first_bare_ = fmt::format("n={},r={}", to_saslname(login_.user), nonce_);
  return Secret("n,," + first_bare_);
}

Result<Secret> SaslClientScram::respond(std::string_view challenge) {
  if (challenge.size() > kMaxMessage) return refused("the server's message is too long");
  Phase const phase = std::exchange(phase_, Phase::over);
  if (phase == Phase::first) return server_first(challenge);
  if (phase == Phase::final) return server_final(challenge);
  return refused("the server goes on after the end");
}

// RFC 5802 section 3
Result<Secret> SaslClientScram::server_first(std::string_view message) {
  TRY(ServerFirst const first, parse_first(message));
  if (!first.nonce.starts_with(nonce_) || first.nonce.size() == nonce_.size())
    return refused("the server's nonce is not made from ours");
  TRY(std::string salted_text, pbkdf2(kSha256, login_.password.view(), first.salt, first.iterations));
  Secret const salted(std::move(salted_text));
  TRY(std::string client_key, hmac(kSha256, salted.view(), "Client Key"));
  Secret const key(std::move(client_key));
  TRY(std::string const stored_key, digest(kSha256, key.view()));
  TRY(std::string const server_key, hmac(kSha256, salted.view(), "Server Key"));

  // "biws" is "n,,": the gs2-header again.
  std::string const without_proof = "c=biws,r=" + first.nonce;
  std::string const auth_message = fmt::format("{},{},{}", first_bare_, message, without_proof);
  TRY(std::string proof, hmac(kSha256, stored_key, auth_message));
  for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ key.view()[i]);
  TRY(server_signature_, hmac(kSha256, server_key, auth_message));
  phase_ = Phase::final;
  return Secret(fmt::format("{},p={}", without_proof, to_base64(proof)));
}

// server-final-message = (server-error / verifier) ["," extensions]
Result<Secret> SaslClientScram::server_final(std::string_view message) {
  if (message.starts_with("e=")) return refused("the server says " + quoted(message.substr(2)));
  auto const fields = split(message, ',');
  auto const verifier = fields[0].starts_with("v=") ? from_base64(fields[0].substr(2)) : std::nullopt;
  if (!verifier || !equal_secrets(*verifier, server_signature_))
    return refused("the server does not know the password's keys; it is not the one it should be");
  phase_ = Phase::proved;
  return Secret();
}

Result<> SaslClientScram::finish() {
  if (phase_ != Phase::proved) return refused("the server has not proved that it knows the password's keys");
  return {};
}

}  // namespace yubin::auth
