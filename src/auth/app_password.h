// The secret of an app password (directory/app_passwords.h): 20 characters of a random alphabet of 32, 100 bits, so
// that nobody guesses it, and a fast digest tells nothing of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/secret.h"
#include "directory/app_passwords.h"

namespace yubin::auth {

// "abcde-fghij-kmnpq-rstuv", as it is shown.
Secret make_app_password(Random& random);

// What a row is found by, of a secret as it was typed: without regard to case, blanks and hyphens. None: that cannot be
// an app password. The account goes in, so that equal digests would not tell of equal secrets.
std::optional<std::string> app_password_digest(directory::AccountId account, std::string_view typed);

}  // namespace yubin::auth
