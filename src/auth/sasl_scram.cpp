#include "auth/sasl_scram.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "auth/gs2_header.h"
#include "auth/password_scheme.h"
#include "base/base64.h"
#include "base/text.h"

namespace yubin::auth {

namespace {

constexpr std::size_t kMaxMessage = 4096;
constexpr std::size_t kNonce = 24;  // of [a-z0-9]: 120 bits
constexpr char const* kSha256 = "SHA256";

SaslMechanism::Step malformed() {
  return SaslMechanism::Malformed{"That is not a message of SCRAM"};
}

// printable = %x21-2B / %x2D-7E
bool is_nonce(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7e && c != ','; });
}

// The value of `attribute` at the front of `fields`; takes it off.
std::optional<std::string_view> take(std::vector<std::string_view>& fields, char attribute) {
  if (fields.empty()) return std::nullopt;
  std::string_view const field = fields.front();
  if (field.size() < 2 || field[0] != attribute || field[1] != '=') return std::nullopt;
  fields.erase(fields.begin());
  return field.substr(2);
}

std::string exclusive_or(std::string a, std::string_view b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

}  // namespace

SaslMechanism::Step SaslScram::step(std::optional<Secret> response) {
  if (!response) return SaslChallenge{};
  if (response->view().size() > kMaxMessage) return malformed();
  switch (phase_) {
    case Phase::first:
      return client_first(response->view());
    case Phase::final:
      return client_final(response->view());
    case Phase::acknowledged:
      phase_ = Phase::over;
      if (!response->view().empty()) return malformed();
      return Proved{};
    case Phase::keys:
    case Phase::over:
      break;
  }
  return malformed();
}

// gs2-cbind-flag = ("p=" cb-name) / "n" / "y"; nothing: it will do (RFC 5802 section 6).
std::optional<SaslMechanism::Malformed> SaslScram::check_binding(std::string_view flag) {
  if (variant_ == Variant::bound) {
    binding_type_ = flag.starts_with("p=") ? flag.substr(2) : "";
    if (binding_type_.empty()) return Malformed{"SCRAM-SHA-256-PLUS needs a channel binding"};
    if (std::ranges::find(connection_.bindings, binding_type_, &ChannelBinding::type) != connection_.bindings.end())
      return std::nullopt;
    return Malformed{"This connection has no such channel binding; tls-exporter is one of TLS 1.3"};
  }
  if (flag == "n") return std::nullopt;
  // "y" says that the client would bind, but was not offered to. If it was, somebody in between has hidden it.
  if (flag == "y" && !connection_.offers_to_bind) return std::nullopt;
  if (flag == "y") return Malformed{"SCRAM-SHA-256-PLUS was offered here: somebody is between us"};
  return std::get<Malformed>(malformed());
}

// What the client sent back: its header, and then the binding's data as the client sees it.
bool SaslScram::is_same_channel(std::string_view sent) const {
  if (binding_type_.empty()) return sent == gs2_header_;
  return std::ranges::any_of(connection_.bindings, [&](ChannelBinding const& one) {
    return one.type == binding_type_ && equal_secrets(sent, gs2_header_ + one.data);
  });
}

// client-first-message-bare = [reserved-mext ","] username "," nonce ["," extensions]
SaslMechanism::Step SaslScram::client_first(std::string_view message) {
  gs2_header_ = gs2_header_of(message);
  client_first_bare_ = message.substr(gs2_header_.size());
  std::optional<Gs2Header> header = gs2_header(gs2_header_);
  if (!header) return malformed();
  if (std::optional<Malformed> refused = check_binding(header->flag)) return *std::move(refused);
  auto fields = split(client_first_bare_, ',');
  auto const name = take(fields, 'n');
  auto const nonce = name ? take(fields, 'r') : std::nullopt;
  std::optional<std::string> user = name ? saslname(*name) : std::nullopt;
  if (!user || !nonce || !is_nonce(*nonce)) return malformed();
  nonce_ = *nonce;
  phase_ = Phase::keys;
  return AskKeys{*std::move(user), std::move(header->authzid)};
}

// server-first-message = nonce "," salt "," iteration-count
SaslMechanism::Step SaslScram::resume(ScramKeys keys) {
  keys_ = std::move(keys);
  nonce_ += random_.token(kNonce);
  server_first_ = fmt::format("r={},s={},i={}", nonce_, to_base64(keys_.salt), keys_.iterations);
  phase_ = Phase::final;
  return SaslChallenge{server_first_};
}

// client-final-message = channel-binding "," nonce ["," extensions] "," proof
SaslMechanism::Step SaslScram::client_final(std::string_view message) {
  phase_ = Phase::over;
  std::size_t const end = message.rfind(",p=");
  if (end == std::string_view::npos) return malformed();
  std::string_view const without_proof = message.substr(0, end);
  std::optional<std::string> const proof = from_base64(message.substr(end + 3));
  auto fields = split(without_proof, ',');
  auto const binding = take(fields, 'c');
  auto const nonce = binding ? take(fields, 'r') : std::nullopt;
  if (!binding || !nonce || !proof || proof->size() != keys_.stored_key.size()) return malformed();
  // RFC 5802 section 5.1: the client repeats what it said first, and by our part of the nonce this is no older
  // exchange.
  std::optional<std::string> const channel = from_base64(*binding);
  bool const same_exchange = channel && is_same_channel(*channel) && *nonce == nonce_;

  std::string const auth_message = fmt::format("{},{},{}", client_first_bare_, server_first_, without_proof);
  auto const client_signature = hmac(kSha256, keys_.stored_key, auth_message);
  auto const server_signature = hmac(kSha256, keys_.server_key, auth_message);
  if (!client_signature || !server_signature) return Failed{};
  auto const stored_key = digest(kSha256, exclusive_or(*proof, *client_signature));
  if (!stored_key || !equal_secrets(*stored_key, keys_.stored_key) || !same_exchange) return Failed{};
  phase_ = Phase::acknowledged;
  return SaslChallenge{"v=" + to_base64(*server_signature)};
}

}  // namespace yubin::auth
