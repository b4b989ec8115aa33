// The key that remembered logins are hashed under (auth/authenticator.h). It is a file of its own beside the rows,
// never among them and in no backup: docs/decisions/0019-remembered-logins.md.
#pragma once

#include <filesystem>

#include "base/random.h"
#include "base/secret.h"

namespace yubin::app {

// Reads `folder`/login.key, or makes it, for its owner alone. A file that is damaged is replaced. If it cannot be
// written, the log says so and the key is good for this run only.
Secret login_key(std::filesystem::path const& folder, Random& random);

}  // namespace yubin::app
