// A token, a line end, a set of keys: nothing that is made up is signed by a key of somebody's, and what is taken for a
// token is its parts again.
#include <cstdint>

#include "auth/token_verifier.h"
#include "base/assert.h"

namespace {

using namespace yubin;
using namespace yubin::auth;

// RFC 8037 appendix A.2
constexpr std::string_view kKeys =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";

void check_token(std::string_view token) {
  auto const parsed = JsonWebSignature::parse(token);
  if (parsed) {
    YUBIN_ASSERT(parsed->signed_text + "." + to_base64url(parsed->signature) == token);
    YUBIN_ASSERT(parsed->signed_text.ends_with("." + to_base64url(parsed->payload)));
  }
  static TokenVerifier const verifier =
      TokenVerifier::make(kKeys, {.issuer = "i", .audience = "a", .claim = "email"}).value();
  YUBIN_ASSERT(!verifier.verify(token, WallTime{}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  std::size_t const end = input.find('\n');
  check_token(input.substr(0, end));
  if (end == std::string_view::npos) return 0;
  auto const keys = JsonWebKeys::parse(input.substr(end + 1));
  if (keys) YUBIN_ASSERT(keys->size() > 0 && keys->size() <= JsonWebKeys::kMaxKeys);
  return 0;
}
