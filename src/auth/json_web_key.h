// One public key of a set (json_web_signature.h), through OpenSSL.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string_view>

struct evp_pkey_st;

namespace yubin::auth {

struct JsonWebKey {
  std::string_view algorithm;  // the only one that it is used for
  std::shared_ptr<evp_pkey_st> key;
};

// Nothing: it is of another kind, for another use, for another algorithm, or no key at all. RFC 7518 section 3.3: RSA
// has 2048 bits at least.
std::optional<JsonWebKey> json_web_key(boost::json::object const& fields);

bool is_signed_by(JsonWebKey const& key, std::string_view text, std::string_view signature);

}  // namespace yubin::auth
