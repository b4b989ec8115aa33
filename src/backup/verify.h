// Whether a backup can be relied on: its files against the manifest, then its rows and bodies as `yubin store verify`
// reads them. Changes nothing; blocks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "backup/manifest.h"
#include "base/result.h"

namespace yubin::backup {

struct Verified {
  Manifest manifest;
  std::uint64_t accounts = 0;
  std::uint64_t messages = 0;
  std::uint64_t bodies = 0;
  std::vector<std::string> findings;  // one sentence each; none: it is whole
};

// Errors: it is no backup at all, or cannot be read.
Result<Verified> verify(std::filesystem::path const& backup);

}  // namespace yubin::backup
