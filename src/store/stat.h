// How much a store holds: what `yubin store stat` tells.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "kv/key_value.h"

namespace yubin::store {

struct Stat {
  std::uint64_t accounts = 0;
  std::uint64_t mailboxes = 0;
  std::uint64_t messages = 0;    // a copy counts again
  std::uint64_t bytes = 0;       // sum of RFC822.SIZE
  std::uint64_t rows_bytes = 0;  // on the disk: the database
  std::uint64_t body_bytes = 0;  // on the disk: the segments
  std::uint64_t body_files = 0;  // segments
  friend bool operator==(Stat const&, Stat const&) = default;
};

// From the accounts' own counters, two reads each; an account whose record cannot be read is an error. `directory` is
// the store's folder. Errors: corrupt, temporary.
Result<Stat> stat(kv::KeyValue const& rows, std::filesystem::path const& directory);

}  // namespace yubin::store
