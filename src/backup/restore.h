// Restoring a whole store from a backup, into a folder that no server uses.
#pragma once

#include <filesystem>

#include "backup/manifest.h"
#include "base/result.h"

namespace yubin::backup {

// Copies rows and bodies, checking each file on the way, and gives every mailbox a new UIDVALIDITY: what clients were
// told after the backup was made is gone, and UIDs will be given out again (RFC 9051 section 2.3.1.1). `store` must not
// exist or be empty; it appears under its name only when it is whole. Blocks.
// Errors: conflict (something is there), corrupt (the backup is damaged), temporary; one sentence.
Result<Manifest> restore_store(std::filesystem::path const& backup, std::filesystem::path const& store);

// Configuration, certificates and keys, under their whole paths below `folder`, for their owner only. Nothing that is
// there is overwritten (conflict).
Result<std::vector<std::filesystem::path>> restore_files(std::filesystem::path const& backup,
                                                         std::filesystem::path const& folder);

}  // namespace yubin::backup
