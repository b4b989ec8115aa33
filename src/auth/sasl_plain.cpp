#include "auth/sasl_plain.h"

#include <algorithm>

#include "base/text.h"

namespace yubin::auth {

namespace {
constexpr std::size_t kMaxPart = 1024;
}

// message = [authzid] UTF8NUL authcid UTF8NUL passwd (RFC 4616 section 2)
Result<PlainMessage> sasl_plain(std::string_view message) {
  auto parts = split(message, '\0');
  if (parts.size() != 3) return fail(Errc::syntax, "PLAIN: not authzid NUL authcid NUL passwd");
  if (std::ranges::any_of(parts, [](std::string_view part) { return part.size() > kMaxPart; }))
    return fail(Errc::syntax, "PLAIN: a part is over 1024 bytes");
  // authcid = 1*SAFE, passwd = 1*SAFE
  if (parts[1].empty() || parts[2].empty()) return fail(Errc::syntax, "PLAIN: no identity or no password");
  return PlainMessage{std::string(parts[0]), std::string(parts[1]), Secret(std::string(parts[2]))};
}

SaslMechanism::Step SaslPlain::step(std::optional<Secret> response) {
  if (!response) return SaslChallenge{};
  Result<PlainMessage> message = sasl_plain(response->view());
  if (!message) return Malformed{"That is not a message of PLAIN"};
  return CheckPassword{std::move(message->authcid), std::move(message->authzid), std::move(message->password)};
}

}  // namespace yubin::auth
