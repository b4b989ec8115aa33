// What a TLSA record "3 1 1" holds of a certificate (RFC 6698 section 2.1, RFC 7671 section 5.1).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace yubin::tls {

// SHA-256 of the SubjectPublicKeyInfo of the first certificate in `pem`; bytes. Errors: syntax.
Result<std::string> key_digest(std::string_view pem);

}  // namespace yubin::tls
