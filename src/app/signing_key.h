// The key that private keys of DKIM are sealed with (policy/key_seal.h). A file of its own beside the rows, so that who
// has the rows alone cannot sign; a backup takes it along, since without it all domains need new keys:
// docs/decisions/0021-signing-keys.md.
#pragma once

#include <filesystem>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace yubin::app {

// Reads `folder`/signing.key, or makes it, durably and for its owner alone. Errors: corrupt (the file is damaged; it is
// left as it is), temporary, denied.
Result<Secret> signing_key(std::filesystem::path const& folder, Random& random);

}  // namespace yubin::app
