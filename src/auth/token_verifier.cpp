#include "auth/token_verifier.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <optional>

#include "auth/json_text.h"

namespace yubin::auth {

namespace {

using boost::json::object;
using boost::json::value;

// RFC 7519 section 2: NumericDate, seconds since 1970, possibly with a fraction.
std::optional<double> numeric_date(object const& claims, std::string_view name) {
  value const* const date = claims.if_contains(name);
  if (date == nullptr || !date->is_number()) return std::nullopt;
  double const seconds = date->to_number<double>();
  if (!std::isfinite(seconds)) return std::nullopt;
  return seconds;
}

// RFC 7519 section 4.1.3: one or a list.
bool is_for(value const* audience, std::string_view wanted) {
  auto is_wanted = [&](value const& one) { return one.is_string() && std::string_view(one.get_string()) == wanted; };
  if (audience == nullptr) return false;
  if (auto const* const list = audience->if_array()) return std::ranges::any_of(*list, is_wanted);
  return is_wanted(*audience);
}

Result<> check_times(object const& claims, WallTime now) {
  auto const leeway = static_cast<double>(TokenVerifier::kLeeway.count());
  auto const seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  std::optional<double> const expires = numeric_date(claims, "exp");
  if (!expires) return fail(Errc::denied, "the token does not say when it expires");
  if (seconds >= *expires + leeway) return fail(Errc::denied, "the token has expired");
  if (claims.contains("nbf") && seconds < numeric_date(claims, "nbf").value_or(HUGE_VAL) - leeway)
    return fail(Errc::denied, "the token is not good yet");
  return {};
}

}  // namespace

Result<TokenVerifier> TokenVerifier::make(std::string_view keys, TokenOptions options) {
  TRY(JsonWebKeys parsed, JsonWebKeys::parse(keys));
  return TokenVerifier(std::move(parsed), std::move(options));
}

Result<std::string> TokenVerifier::verify(std::string_view token, WallTime now) const {
  Result<JsonWebSignature> const parsed = JsonWebSignature::parse(token);
  if (!parsed) return fail(Errc::denied, parsed.error().detail);
  TRY_VOID(keys_.verify(*parsed));
  Result<object> const claims = parse_json_object(parsed->payload);
  if (!claims) return fail(Errc::denied, "the token holds no claims");
  if (json_text(*claims, "iss") != options_.issuer) return fail(Errc::denied, "the token is of another issuer");
  if (!is_for(claims->if_contains("aud"), options_.audience)) return fail(Errc::denied, "the token is for others");
  TRY_VOID(check_times(*claims, now));
  std::string address = json_text(*claims, options_.claim);
  if (address.empty()) return fail(Errc::denied, "the token has no claim \"" + options_.claim + "\"");
  // OpenID Connect Core section 5.1: who issued it lets anybody write an address there that was not verified.
  value const* const verified = options_.claim == "email" ? claims->if_contains("email_verified") : nullptr;
  if (verified != nullptr && *verified != value(true) && json_text(*claims, "email_verified") != "true")
    return fail(Errc::denied, "the token's address was not verified");
  return address;
}

std::string TokenVerifier::refusal() const {
  object told{{"status", "invalid_token"}};
  std::string_view issuer = options_.issuer;
  if (issuer.starts_with("https://")) {
    // OpenID Connect Discovery section 4
    if (issuer.ends_with('/')) issuer.remove_suffix(1);
    told["openid-configuration"] = std::string(issuer) + "/.well-known/openid-configuration";
  }
  return boost::json::serialize(told);
}

}  // namespace yubin::auth
