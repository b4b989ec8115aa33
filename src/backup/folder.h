// A folder of backups. Each whole backup is a folder in it, named by when it began; one that is being made, or was not
// finished, has a name that begins with "unfinished-". The name changes as the very last step.
//
//   20261122T013000Z-0c4v…/   manifest, rows/, bodies/, files/
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backup/manifest.h"
#include "base/result.h"

namespace yubin::backup {

inline constexpr std::string_view kUnfinished = "unfinished-";

struct Found {
  std::filesystem::path path;
  Result<Manifest> manifest;  // an error says why this is no backup that can be used
};

std::string folder_name(UniqueId id);

// All that look like backups, the oldest first; none if there is no such folder.
Result<std::vector<Found>> list(std::filesystem::path const& folder);
// The manifest of one backup. Errors: not_found (there is none), corrupt, conflict (a later version's).
Result<Manifest> read_manifest(std::filesystem::path const& backup);
// `path` is a backup, or a folder of backups, of which the newest whole one is meant. Errors: one sentence.
Result<Found> choose(std::filesystem::path const& path);

}  // namespace yubin::backup
