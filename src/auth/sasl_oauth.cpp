#include "auth/sasl_oauth.h"

#include "auth/gs2_header.h"
#include "base/text.h"

namespace yubin::auth {

namespace {

constexpr char kSeparator = '\x01';  // kvsep
constexpr std::string_view kBearer = "bearer ";
constexpr std::size_t kMaxMessage = 16 * 1024;

std::unexpected<Error> malformed() {
  return fail(Errc::syntax, "That is not a message of this mechanism");
}

// *kvpair kvsep; kvpair = key "=" value kvsep. What stands for `key`; empty: nothing does, or they are malformed.
std::string_view value_of(std::string_view pairs, std::string_view key) {
  std::string_view found;
  while (!pairs.empty() && pairs.front() != kSeparator) {
    std::size_t const end = pairs.find(kSeparator);
    std::string_view const pair = pairs.substr(0, end);
    std::size_t const equals = pair.find('=');
    if (end == std::string_view::npos || equals == std::string_view::npos || equals == 0) return {};
    if (pair.substr(0, equals) == key) found = pair.substr(equals + 1);
    pairs.remove_prefix(end + 1);
  }
  return pairs.size() == 1 ? found : std::string_view();
}

// The word in front, in any case (RFC 7235 section 2.1), comes off.
Result<Secret> bearer_token(std::string_view credentials) {
  if (!iequals(credentials.substr(0, kBearer.size()), kBearer)) return malformed();
  std::string_view const token = trim(credentials.substr(kBearer.size()));
  if (token.empty()) return malformed();
  return Secret(std::string(token));
}

}  // namespace

// client-resp = (gs2-header kvsep *kvpair kvsep)
Result<OAuthMessage> oauth_bearer_message(std::string_view message) {
  if (message.size() > kMaxMessage) return malformed();
  std::string_view const header_text = gs2_header_of(message);
  std::optional<Gs2Header> header = gs2_header(header_text);
  // Nothing is bound to the channel, so the flag says so.
  if (!header || (header->flag != "n" && header->flag != "y")) return malformed();
  std::string_view pairs = message.substr(header_text.size());
  if (!pairs.starts_with(kSeparator)) return malformed();
  TRY(Secret token, bearer_token(value_of(pairs.substr(1), "auth")));
  return OAuthMessage{std::move(header->authzid), std::move(token)};
}

Result<OAuthMessage> xoauth2_message(std::string_view message) {
  if (message.size() > kMaxMessage) return malformed();
  TRY(Secret token, bearer_token(value_of(message, "auth")));
  return OAuthMessage{std::string(value_of(message, "user")), std::move(token)};
}

SaslMechanism::Step SaslOAuth::step(std::optional<Secret> response) {
  // RFC 7628 section 3.2.3: the answer to the refusal says nothing.
  if (refused_) return Failed{};
  if (!response) return SaslChallenge{};
  Result<OAuthMessage> message = parse_(response->view());
  if (!message) return Malformed{std::move(message).error().detail};
  return CheckToken{std::move(message->user), std::move(message->token)};
}

SaslMechanism::Step SaslOAuth::refused(std::string why) {
  refused_ = true;
  return SaslChallenge{std::move(why)};
}

}  // namespace yubin::auth
