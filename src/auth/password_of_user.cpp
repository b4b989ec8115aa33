#include "auth/password_of_user.h"

#include "base/text.h"

namespace yubin::auth {

// RFC 2831 section 2.1.2.1: username ":" realm ":" password. Dovecot takes the domain for the realm, in lower case like
// the name.
Result<bool> verify_password_of(std::string_view address, std::string_view password, std::string_view stored) {
  constexpr std::string_view kScheme = "{DIGEST-MD5";
  if (!istarts_with(stored, kScheme)) return verify_password(password, stored);
  std::string const name = to_lower(address);
  std::size_t const at = name.rfind('@');
  std::string const realm = at == std::string::npos ? "" : name.substr(at + 1);
  Secret const text(name.substr(0, at).append(":").append(realm).append(":").append(password));
  return verify_password(text.view(), stored);
}

}  // namespace yubin::auth
