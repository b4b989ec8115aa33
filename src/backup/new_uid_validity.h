#pragma once

#include <filesystem>

#include "base/result.h"

namespace yubin::backup {

// RFC 9051 section 2.3.1.1: a store that goes back in time would give the same UIDs to other messages, so each mailbox
// of the store in this folder, which nobody uses, gets a UIDVALIDITY above all that were given out, by the time of day
// also above those of the time that is gone. Clients then fetch anew. Errors: those of the engine, corrupt.
Result<> renew_uid_validities(std::filesystem::path const& store);

}  // namespace yubin::backup
