// What a restart finds: the verifier's findings, and what clients see.
#pragma once

#include <filesystem>
#include <string>

#include "tests/faults/open_store.h"

namespace yubin::faults {

struct Found {
  std::string findings;  // a line each; empty: nothing is wrong
  Picture picture;
  std::size_t backups = 0;  // whole ones
};

// Opens the store as a restart does, then does what the upkeep would do: clients must still see the same.
Found inspect(std::filesystem::path const& folder);
// Adds what is found of the backups: all that pass for one are whole, and a new one brings back `backed_up`.
void inspect_backups(std::filesystem::path const& folder, std::string const& backed_up, Found& found);

}  // namespace yubin::faults
