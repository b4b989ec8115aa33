#include "auth/json_web_signature.h"

#include <algorithm>

#include "auth/json_text.h"
#include "auth/json_web_key.h"
#include "base/base64.h"

namespace yubin::auth {

std::optional<std::string> from_base64url(std::string_view text) {
  std::string standard(text);
  for (char& c : standard) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  standard.append((4 - standard.size() % 4) % 4, '=');
  return from_base64(standard);
}

std::string to_base64url(std::string_view bytes) {
  std::string text = to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

// RFC 7515 section 3.1: BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature)
Result<JsonWebSignature> JsonWebSignature::parse(std::string_view compact) {
  if (compact.size() > kMaxSize) return fail(Errc::limit, "the token is too long");
  std::size_t const first = compact.find('.');
  std::size_t const last = compact.rfind('.');
  if (first == std::string_view::npos || first == last) return fail(Errc::syntax, "that is no signed token");
  std::optional<std::string> const header = from_base64url(compact.substr(0, first));
  std::optional<std::string> payload = from_base64url(compact.substr(first + 1, last - first - 1));
  std::optional<std::string> signature = from_base64url(compact.substr(last + 1));
  if (!header || !payload || !signature) return fail(Errc::syntax, "that is no signed token");
  TRY(boost::json::object const fields, parse_json_object(*header));
  // RFC 7515 section 4.1.11: it names what must be understood, and nothing of that kind is.
  if (fields.contains("crit")) return fail(Errc::syntax, "the token needs an extension that is not known here");
  return JsonWebSignature{.algorithm = json_text(fields, "alg"),
                          .key_id = json_text(fields, "kid"),
                          .payload = *std::move(payload),
                          .signed_text = std::string(compact.substr(0, last)),
                          .signature = *std::move(signature)};
}

Result<JsonWebKeys> JsonWebKeys::parse(std::string_view json) {
  if (json.size() > kMaxSize) return fail(Errc::limit, "the set of keys is over 256 KiB");
  TRY(boost::json::object const set, parse_json_object(json));
  auto const* const list = set.if_contains("keys");
  if (list == nullptr || !list->is_array()) return fail(Errc::syntax, "there is no list \"keys\"");
  JsonWebKeys made;
  for (boost::json::value const& each : list->get_array()) {
    if (made.keys_.size() == kMaxKeys) return fail(Errc::limit, "there are over 100 keys");
    auto const* const fields = each.if_object();
    if (fields == nullptr) return fail(Errc::syntax, "a key is no object");
    if (std::optional<JsonWebKey> key = json_web_key(*fields))
      made.keys_.push_back({json_text(*fields, "kid"), key->algorithm, std::move(key->key)});
  }
  if (made.keys_.empty()) return fail(Errc::syntax, "there is no public key for RS256, ES256 or EdDSA (Ed25519)");
  return made;
}

Result<> JsonWebKeys::verify(JsonWebSignature const& signed_text) const {
  bool tried = false;
  for (Key const& key : keys_) {
    if (key.algorithm != signed_text.algorithm) continue;
    // RFC 7515 section 4.1.4: a hint, which key it was; without it each may have been.
    if (!signed_text.key_id.empty() && key.id != signed_text.key_id) continue;
    if (is_signed_by({key.algorithm, key.key}, signed_text.signed_text, signed_text.signature)) return {};
    tried = true;
  }
  return fail(Errc::denied, tried ? "the token's signature is wrong" : "the token is signed by none of the known keys");
}

}  // namespace yubin::auth
