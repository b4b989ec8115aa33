// Passwords that were stored together with the user's name: {DIGEST-MD5}.
#pragma once

#include <string_view>

#include "auth/password.h"

namespace yubin::auth {

// As verify_password(), for schemes that hold the name too; `address` is what the account came along with.
Result<bool> verify_password_of(std::string_view address, std::string_view password, std::string_view stored);

}  // namespace yubin::auth
